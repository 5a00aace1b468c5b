package dump_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/dump"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const recordings = "../../testdata/truth"

func write(s *mesh.Snapshot, o dump.Options) ([]byte, error) {
	var out bytes.Buffer
	err := dump.Write(&out, s, o)
	return out.Bytes(), err
}

func read(data []byte) (*mesh.Snapshot, error) {
	return manifest.Source{Stdin: bytes.NewReader(data)}.Snapshot("-")
}

// reports are the answers to all requests of a case, as JSON.
func reports(c *truth.Case, s *mesh.Snapshot) ([]string, error) {
	var out []string
	err := c.Questions(func(_ int, q question.Question) error {
		r, err := q.Bind(s)
		if err != nil {
			out = append(out, err.Error())
			return nil
		}
		data, err := json.Marshal(explain.Explain(s, r, explain.Options{Brief: true}))
		out = append(out, string(data))
		return err
	})
	return out, err
}

func sameReports(c *truth.Case, a, b *mesh.Snapshot) error {
	before, err := reports(c, a)
	if err != nil {
		return err
	}
	after, err := reports(c, b)
	if err != nil {
		return err
	}
	for i := range before {
		if before[i] != after[i] && !strings.Contains(after[i], `"cause":"unverified"`) { // symmetric keys are not written
			return fmt.Errorf("the written mesh answers otherwise: %s", apart(before[i], after[i]))
		}
	}
	return nil
}

// apart shows where two texts begin to differ.
func apart(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	part := func(s string) string { return s[max(0, n-100):min(len(s), n+200)] }
	return "\n" + part(a) + "\n" + part(b)
}

// sameWhenWritten writes a mesh, reads it again and asks all requests of a case: the reports are the same, byte for byte. What was
// read is the same file when it is written again.
func sameWhenWritten(c *truth.Case, before *mesh.Snapshot) error {
	file, err := write(before, dump.Options{Version: "test"})
	if err != nil {
		return err
	}
	after, err := read(file)
	if err != nil {
		return err
	}
	again, err := write(after, dump.Options{Version: "test"})
	if err != nil {
		return err
	}
	// The head counts what was left out, and there is nothing left to leave out.
	_, first, _ := bytes.Cut(file, []byte("\n---\n"))
	if _, second, _ := bytes.Cut(again, []byte("\n---\n")); !bytes.Equal(first, second) {
		return fmt.Errorf("written again it is another file")
	}
	return sameReports(c, before, after)
}

var full = flag.Bool("full", false, "write every recorded mesh, not every fourth")

func TestWrittenAnswersAlike(t *testing.T) {
	err := truth.Each(recordings, func(i int, c *truth.Case) error {
		if !*full && i%4 != 0 {
			return nil
		}
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		return sameWhenWritten(c, s)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestGapsAreWritten does so for what somebody sees who may read a part only, with each view for a part of the cases.
func TestGapsAreWritten(t *testing.T) {
	views := []func(*mesh.Snapshot) *mesh.Snapshot{
		func(s *mesh.Snapshot) *mesh.Snapshot { return s.Hide(mesh.AuthorizationPolicy, "foo", "istio-system") },
		func(s *mesh.Snapshot) *mesh.Snapshot { return s.Hide(mesh.EndpointSlice) },
		func(s *mesh.Snapshot) *mesh.Snapshot { return s.Hide(mesh.ConfigMap) },
		func(s *mesh.Snapshot) *mesh.Snapshot { return s.WithReadings(nil) },
		oneNamespace,
	}
	err := truth.Each(recordings, func(i int, c *truth.Case) error {
		if i%8 != 0 || !*full && i%32 != 0 {
			return nil
		}
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		n := i / 32 % len(views)
		if err := sameWhenWritten(c, views[n](s)); err != nil {
			return fmt.Errorf("view %d: %w", n, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// oneNamespace is what a person reads who has rights in one namespace.
func oneNamespace(s *mesh.Snapshot) *mesh.Snapshot {
	how := map[mesh.Kind]mesh.Reading{}
	for _, k := range s.Kinds() {
		api, _ := mesh.APIOf(k)
		if api.Namespaced && k != mesh.Secret {
			how[k] = mesh.Reading{Coverage: mesh.Coverage{Namespaces: []string{"foo"}}, Failed: []mesh.Gap{{Kind: k, Cause: mesh.Forbidden}}}
		}
	}
	return s.WithReadings(how)
}
