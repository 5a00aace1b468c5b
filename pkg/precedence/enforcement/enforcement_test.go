package enforcement_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
)

// TestEnforcement writes the table of each pod, or with the word "host" of each host, that a case names, one a line; a line "hide KIND" hides a kind from those after it.
func TestEnforcement(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		s, err := manifest.Source{Stdin: strings.NewReader(c.File("objects.yaml"))}.Snapshot("testdata/base.yaml", "-")
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(c.File("ask")), "\n") {
			if kind, ok := strings.CutPrefix(line, "hide "); ok {
				s = s.Hide(mesh.Kind(kind))
				continue
			}
			if name, ok := strings.CutPrefix(line, "host "); ok {
				hosts := s.HostsNamed(name)
				if len(hosts) == 0 {
					t.Fatalf("no host %s", name)
				}
				write(&out, enforcement.OfHost(s, hosts[0]))
				continue
			}
			n, ns, _ := strings.Cut(line, ".")
			p, ok, _ := s.Pods.Get(ns, n)
			if !ok {
				t.Fatalf("no pod %s", line)
			}
			write(&out, enforcement.Of(s, p))
		}
		c.Check(t, "want", out.String())
	})
}

func write(out *strings.Builder, t enforcement.Table) {
	if t.Pod.IsZero() {
		out.WriteString("no pod\n")
	} else {
		fmt.Fprintf(out, "%s: %s, %s\n", t.Pod, t.Capture.State, t.Capture.Why)
	}
	for _, x := range t.Services {
		fmt.Fprintf(out, "  %s: %s %s", x.Host.Ref, x.Binding.Why, x.Reach)
		if x.Undialled != "" && x.Host.Entry != nil {
			fmt.Fprintf(out, ", %s", x.Undialled)
		}
		out.WriteString("\n")
	}
	for _, p := range t.Policies {
		fmt.Fprintf(out, "  %s %s\n", p.Ref, p.Action)
		for _, place := range p.Places {
			fmt.Fprintf(out, "    %s %s, %v", place.Point, place.At.ID(), place.Ways)
			if !place.For.IsZero() {
				fmt.Fprintf(out, " for %s", place.For.ID())
			}
			if len(place.Behind) > 0 {
				fmt.Fprintf(out, ", not the client on %v", place.Behind)
			}
			out.WriteString("\n")
			for _, r := range place.Rules {
				fmt.Fprintf(out, "      %s %s %s", r.Ref.Field, r.Fate, r.Why)
				for _, l := range r.Lost {
					fmt.Fprintf(out, ", %s", l.Field)
				}
				out.WriteString("\n")
			}
		}
		if p.Nobody() {
			fmt.Fprintf(out, "    nobody: %s, %s\n", p.Why, p.At)
		}
	}
	for _, g := range t.Gaps {
		fmt.Fprintf(out, "  not read: %s %s\n", g.Kind, g.Namespace)
	}
}
