package findings_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/findings"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Each case holds requests, one a line, meshes to put on top of testdata/base.yaml, and want: the findings of each request in each mesh.
// A code that bites in a case has to stay silent for another request, or in another mesh, of that case.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		got, codes := run(t, c)
		for _, found := range codes {
			for code := range found {
				seen[code] = true
				if !slices.ContainsFunc(codes, func(o map[string]bool) bool { return !o[code] }) {
					t.Errorf("%s is found everywhere in the case; add a request, or a mesh, for which it is not", code)
				}
			}
		}
		c.Check(t, "want", got)
	})
	for _, code := range registry(t) {
		if !seen[code] {
			t.Errorf("%s bites in no case", code)
		}
	}
}

// registry lists the codes that the package declares.
func registry(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t\w+\s+flow\.Note = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
			out = append(out, m[1])
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d codes found", len(out))
	}
	return out
}

// run reviews every request in every mesh of a case.
func run(t *testing.T, c *golden.Case) (want string, codes []map[string]bool) {
	t.Helper()
	var out strings.Builder
	var requests []string
	for _, f := range c.Files {
		switch {
		case f.Name == "requests":
			requests = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		case strings.HasSuffix(f.Name, ".yaml"):
			s := snapshot(t, f.Data)
			for _, line := range requests {
				found := map[string]bool{}
				fmt.Fprintf(&out, "%s: %s\n", f.Name, line)
				q := bind(t, s, line)
				root := resolve.Run(s, q)
				for _, x := range findings.Of(s, q, root) {
					found[string(x.Code)] = true
					fmt.Fprintf(&out, "  %s %s: %s\n", x.Code, x.Resource, catalogue.Text(string(x.Code), x.Args...))
				}
				codes = append(codes, found)
			}
		}
	}
	return out.String(), codes
}

func snapshot(t *testing.T, objects []byte) *mesh.Snapshot {
	t.Helper()
	base, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := manifest.Source{Stdin: bytes.NewReader(slices.Concat(base, []byte("---\n"), objects))}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bind reads a line: who calls, what, and perhaps -X METHOD, -H NAME:VALUE, --source-ip ADDRESS, --via GATEWAY, --tcp.
func bind(t *testing.T, s *mesh.Snapshot, line string) *flow.Request {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 2 {
		t.Fatalf("%q: want SOURCE DESTINATION", line)
	}
	q := question.Question{From: words[0], To: words[1], Namespace: "default", Now: time.Unix(1_800_000_000, 0)}
	for i := 2; i < len(words); i++ {
		value := func() string {
			if i++; i == len(words) {
				t.Fatalf("%q: nothing stands behind %s", line, words[i-1])
			}
			return words[i]
		}
		switch words[i] {
		case "-X":
			q.Method = value()
		case "-H":
			h, err := question.ParseHeader(value())
			if err != nil {
				t.Fatal(err)
			}
			q.Headers = append(q.Headers, h)
		case "--source-ip":
			q.SourceIP = value()
		case "--via":
			q.Via = value()
		case "--tcp":
			q.TCP = true
		default:
			t.Fatalf("%q: what is %s?", line, words[i])
		}
	}
	r, err := q.Bind(s)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return r
}
