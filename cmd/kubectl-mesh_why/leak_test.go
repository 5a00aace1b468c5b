package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mesh-why/mesh-why/internal/render"
)

// leakMesh is the sample mesh with rules that look at what requests carry: tokens in a header, a parameter and a cookie of their own, headers
// made of claims, and comparisons with all of that.
const leakMesh = sampleLeakRules

const sampleLeakRules = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: ra, namespace: bar}
spec:
  jwtRules:
  - issuer: https://idp.example
    jwksUri: https://u:` + marker + `@idp.example/keys?token=` + marker + `
    fromHeaders: [{name: Authorization, prefix: "Bearer "}, {name: x-plain, prefix: "tok-"}]
    fromCookies: [sid]
    fromParams: [tk]
    outputPayloadToHeader: x-payload
    outputClaimToHeaders: [{header: x-mail, claim: email}]
    forwardOriginalToken: true
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: claims, namespace: bar}
spec:
  rules:
  - when:
    - {key: "request.auth.claims[email]", values: ["MARKED*"]}
    - {key: "request.auth.claims[nested][x]", values: ["MARKED"]}
    - {key: "request.headers[x-mail]", values: ["MARKED*"]}
  - when:
    - {key: "request.headers[authorization]", values: ["Bearer ` + marker + `-of-another"]}
    - {key: "request.headers[cookie]", values: ["sid=` + marker + `-of-another"]}
  - to: [{operation: {paths: ["/x/eyJhbGciOi", "/elsewhere"]}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: leaks, namespace: bar}
spec:
  hosts: [httpbin]
  http:
  - match:
    - headers: {x-api-key: {exact: ` + marker + `-of-another}, cookie: {regex: ".*group=beta.*"}, "@request.auth.claims.email": {exact: nobody}}
    - queryParams: {tk: {exact: ` + marker + `-of-another}, access_token: {regex: "MARKED.*"}}
    - uri: {prefix: /elsewhere}
    redirect: {uri: /y}
  - match: [{uri: {prefix: /redirected}}]
    redirect: {authority: h.example}
  - route: [{destination: {host: httpbin}}]
`

const strictEverything = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
`

// leak is a folder with what the ways in need.
type leak struct {
	t   *testing.T
	dir string
}

func newLeak(t *testing.T) *leak {
	l := &leak{t, t.TempDir()}
	t.Setenv("KUBECONFIG", filepath.Join(l.dir, "none"))
	l.write("mesh", sampleMesh+"---\n"+leakMesh)
	l.write("strict", strictEverything)
	l.write("empty", "")
	return l
}

func (l *leak) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *leak) run(stdin string, args []string) (code int, written string) {
	var out bytes.Buffer
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "{dir}", l.dir)
	}
	code = run(context.Background(), args, streams{In: strings.NewReader(stdin), Out: &out, Err: &out})
	return code, out.String()
}

// saved takes away the file that was saved, and returns what is in it.
func (l *leak) saved() string {
	l.t.Helper()
	name := filepath.Join(l.dir, "saved")
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err = errors.Join(err, os.Remove(name)); err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// markers find the secret, and every part of it, as it is and in base64, in whichever way it fell into groups of three bytes.
var markers = regexp.MustCompile(strings.Join(append(inBase64(marker), "MARKER7", "7f3aS3", "S3cret"), "|"))

func inBase64(s string) []string {
	var out []string
	for shift := range 3 {
		text := base64.RawURLEncoding.EncodeToString([]byte("xyz"[:shift] + s))
		out = append(out, regexp.QuoteMeta(text[4:len(text)-4]))
	}
	return out
}

func (l *leak) check(args []string, written string) {
	l.t.Helper()
	if at := markers.FindStringIndex(written); at != nil {
		l.t.Errorf("%.200q: the secret is written: ...%q...", args, written[max(0, at[0]-150):min(len(written), at[1]+50)])
	}
}

// TestLeaks: whatever way a secret comes in, and whatever is written, it does not come out.
func TestLeaks(t *testing.T) {
	for _, in := range waysIn {
		t.Run(in.name, func(t *testing.T) {
			l := newLeak(t)
			for name, text := range in.files {
				l.write(name, text)
			}
			for name, v := range in.env {
				t.Setenv(name, v)
			}
			led := false
			for _, out := range waysOut {
				if !slices.Contains(strings.Fields(in.on), out.of) {
					continue
				}
				led = true
				l.through(in, out)
			}
			if !led {
				t.Errorf("no way out of %s", in.on)
			}
		})
	}
}

func (l *leak) through(in wayIn, out wayOut) {
	l.t.Helper()
	formats := out.formats
	if formats == nil {
		formats = []string{""}
	}
	for _, format := range formats {
		for _, also := range out.also {
			if slices.Contains(also, "--save") && (format != formats[0] || len(in.flags) > 0 && strings.HasPrefix(in.flags[0], "compare")) {
				continue // the file is the same, and only one answer can be saved
			}
			args := slices.Concat(strings.Fields(out.command), []string{"-f", "{dir}/mesh"}, out.args, in.args, also)
			if format != "" {
				args = append(args, "-o", format)
			}
			code, written := l.run(in.stdin, args)
			saved := l.saved()
			if (code == exitError) != in.fails && !out.fails && !(slices.Contains(args, "--save") && saved == "") { // a question may not be saved
				l.t.Errorf("%.200q: exit status %d\n%.1000s", args, code, written)
			}
			l.check(args, written+saved)
		}
	}
}

// TestMisplaced: a secret in a place where none belongs is refused, and not repeated.
func TestMisplaced(t *testing.T) {
	l := newLeak(t)
	for flag, list := range misplaced {
		for _, args := range list {
			for _, token := range []string{signedMarker, encrypted, "Bearer " + marker, marker + "a1B2c3"} {
				given := []string{}
				for _, a := range args {
					given = append(given, strings.NewReplacer("{token}", token, "{jwt}", signedMarker).Replace(a))
				}
				if !slices.Contains([]string{"filename", "demo", "other commands"}, flag) {
					given = append(given, "-f", "{dir}/mesh")
				}
				code, written := l.run("", given)
				if code != exitError {
					t.Errorf("%.200q: exit status %d\n%.500s", given, code, written)
				}
				l.check(given, written)
			}
		}
	}
}

// TestWaysAreComplete: a new flag, command or output is on the lists above, or this test fails.
func TestWaysAreComplete(t *testing.T) {
	covered := map[string]bool{}
	for _, in := range waysIn {
		for _, f := range in.flags {
			covered[f] = true
		}
	}
	for f := range misplaced {
		covered[f] = true
	}
	for _, f := range kubectls {
		covered[f] = true
	}
	root := newRoot(streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, func(error) {})
	known := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				known[f.Name] = true
				if !covered[f.Name] && c.Name() != "bash" && c.Name() != "zsh" && c.Name() != "fish" && c.Name() != "powershell" {
					t.Errorf("--%s of %q is no way in of leakways_test.go", f.Name, c.CommandPath())
				}
			})
		}
		name := c.Name()
		if c == root {
			name = ""
		}
		listed := slices.ContainsFunc(waysOut, func(o wayOut) bool { return o.command == name })
		if _, quiet := silent[name]; c.Parent() == root || c == root {
			if listed == quiet {
				t.Errorf("command %q is neither a way out nor silent in leakways_test.go, or both", name)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	visit(root)
	for f := range misplaced {
		if f != "" && f != "nosuchflag" && f != "other commands" && !known[f] {
			t.Errorf("there is no flag --%s any more", f)
		}
	}
}

// TestFormatsAreComplete: each command takes the formats that leakways_test.go has for it, and no other that anything speaks of.
func TestFormatsAreComplete(t *testing.T) {
	l := newLeak(t)
	l.write("expectations", waysIn[slices.IndexFunc(waysIn, func(w wayIn) bool { return w.name == "expectations" })].files["expectations"])
	l.write("token", marker)
	l.write("log", "")
	t.Setenv("A_TOKEN", marker)
	root := newRoot(streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, func(error) {})
	spoken := regexp.MustCompile(`[a-z]+`).FindAllString(root.PersistentFlags().Lookup("output").Usage, -1)
	for _, out := range waysOut {
		for _, format := range slices.Concat(render.Formats, spoken, []string{"junit", "csv", "patch", "markdown", "html"}) {
			args := slices.Concat(strings.Fields(out.command), []string{"-f", "{dir}/mesh"}, out.args, []string{"-o", format})
			_, written := l.run("", args)
			taken := !strings.Contains(written, "unknown output format") && !strings.Contains(written, "--output has no effect")
			listed := slices.ContainsFunc(waysOut, func(o wayOut) bool { return o.command == out.command && slices.Contains(o.formats, format) })
			if taken != listed {
				t.Errorf("%q takes -o %s: %t, and leakways_test.go says otherwise\n%.300s", out.command, format, taken, written)
			}
		}
	}
}
