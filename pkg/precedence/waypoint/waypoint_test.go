package waypoint_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// TestWaypoint answers the questions of a case, one a line: host NAME, pod NAME, reach GATEWAY, ingress NAME, policies GATEWAY NAME, and
// hide KIND, which hides a kind from the questions after it. A case may force a
// release in a file "version". Names are name.namespace; of a ServiceEntry its host.
func TestWaypoint(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		s, err := manifest.Source{Stdin: strings.NewReader(c.File("objects.yaml"))}.Snapshot("testdata/base.yaml", "-")
		if err != nil {
			t.Fatal(err)
		}
		if v := strings.TrimSpace(c.File("version")); v != "" {
			r, err := release.Parse(v)
			if err != nil {
				t.Fatal(err)
			}
			s.ForceVersion(r)
		}
		var out strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(c.File("ask")), "\n") {
			if kind, ok := strings.CutPrefix(line, "hide "); ok {
				s = s.Hide(mesh.Kind(kind))
				continue
			}
			fmt.Fprintf(&out, "%s: %s\n", line, answer(t, s, strings.Fields(line)))
		}
		c.Check(t, "want", out.String())
	})
}

func answer(t *testing.T, s *mesh.Snapshot, words []string) string {
	switch words[0] {
	case "host":
		return binding(waypoint.OfHost(s, host(t, s, words[1])))
	case "pod":
		n, ns, _ := strings.Cut(words[1], ".")
		p, ok, _ := s.Pods.Get(ns, n)
		if !ok {
			t.Fatalf("no pod %s", words[1])
		}
		return binding(waypoint.OfPod(s, p))
	case "reach":
		n, ns, _ := strings.Cut(words[1], ".")
		w, gaps := waypoint.Named(s, ns, n)
		if w == nil {
			return "no waypoint" + unread(gaps)
		}
		r := waypoint.ReachOf(s, w)
		return fmt.Sprintf("%s, %d of %d, %s%s%s", r.Why, len(r.Endpoints), r.Listed, r.Service, word(", ", r.Error), unread(r.Gaps))
	case "ingress":
		i := waypoint.FromIngress(s, host(t, s, words[1]))
		return fmt.Sprintf("%v%s%s", i.Use, field(", ", i.At), unread(i.Gaps))
	case "policies":
		n, ns, _ := strings.Cut(words[1], ".")
		target := waypoint.Target{Gateway: mesh.Ref{Kind: mesh.KubeGateway, Namespace: ns, Name: n}}
		if words[2] != "address" {
			target.Host = host(t, s, words[2])
		}
		return attached(waypoint.AuthorizationPolicies(s, target)) + attached(waypoint.RequestAuthentications(s, target))
	}
	t.Fatalf("what is %q?", words)
	return ""
}

func binding(b waypoint.Binding) string {
	out := string(b.Why)
	if b.Waypoint != nil {
		out += " " + b.Waypoint.Ref.ID()
	} else if !b.Gateway.IsZero() {
		out += " not " + b.Gateway.ID()
	}
	out += field(", by ", b.Label) + field(", refused by ", b.Refused)
	if c := b.Canary; c != nil {
		out += fmt.Sprintf(", canary %s %s %d%%, by %s%s", c.Gateway.ID(), c.Why, c.Percent, c.At, unread(c.Gaps))
		if (c.Waypoint != nil) != (c.Why == waypoint.Accepted) {
			out += ", which contradicts itself"
		}
	}
	return out + unread(b.Gaps)
}

func attached[T metav1.Object](a precedence.Attached[T]) string {
	var out strings.Builder
	for _, c := range a.Considered {
		fmt.Fprintf(&out, "\n  %s: %s", c.Ref, c.Why)
	}
	if n := len(a.Policies); n > 0 {
		fmt.Fprintf(&out, "\n  %d of them", n)
	}
	return out.String() + unread(a.Gaps)
}

func host(t *testing.T, s *mesh.Snapshot, name string) *mesh.Host {
	n, ns, _ := strings.Cut(name, ".")
	for _, full := range []string{mesh.ServiceHost(n, ns), name} {
		for _, h := range s.HostsNamed(full) {
			return h
		}
	}
	t.Fatalf("no host %s", name)
	return nil
}

func word(before, w string) string {
	if w == "" {
		return ""
	}
	return before + w
}

func field(before string, r mesh.Ref) string {
	if r.IsZero() {
		return ""
	}
	return before + r.String()
}

func unread(gaps []mesh.Gap) string {
	out := ""
	for _, g := range gaps {
		out += ", not read: " + string(g.Kind)
	}
	return out
}
