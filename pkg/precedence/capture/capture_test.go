package capture_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
)

// TestCapture answers the questions of a case, one a line: POD, or POD to ADDRESS, or POD from POD, or POD through-tunnel-from POD, or
// SENDER tunnels-to POD. A line "hide namespaces" hides the Namespaces from the questions after it.
func TestCapture(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		s, err := manifest.Source{Stdin: strings.NewReader(c.File("objects.yaml"))}.Snapshot("-")
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(c.File("ask")), "\n") {
			if line == "hide namespaces" {
				s = s.Hide(mesh.Namespace)
				continue
			}
			fmt.Fprintf(&out, "%s: %s\n", line, answer(t, s, strings.Fields(line)))
		}
		c.Check(t, "want", out.String())
	})
}

var senders = map[string]capture.Sender{"program": capture.Program, "ztunnel": capture.Ztunnel, "envoy": capture.Envoy, "waypoint": capture.Waypoint}

func answer(t *testing.T, s *mesh.Snapshot, words []string) string {
	if len(words) == 3 && words[1] == "tunnels-to" {
		is, at := capture.Tunnels(s, senders[words[0]], pod(t, s, words[2]))
		return fmt.Sprintf("%v, %s", is, at)
	}
	p := pod(t, s, words[0])
	c := capture.Of(s, p)
	if len(words) == 1 {
		text := fmt.Sprintf("%s, %s, %s", c.State, c.Why, c.At)
		if !c.Asked.IsZero() {
			text += ", asked by " + c.Asked.String()
		}
		for _, g := range c.Gaps {
			text += ", not read: " + string(g.Kind)
		}
		return text
	}
	var way capture.Passage
	switch words[1] {
	case "to":
		way = capture.Outbound(c, p, netip.MustParseAddr(words[2]))
	case "from":
		way = capture.Inbound(c, p, pod(t, s, words[2]), false)
	case "through-tunnel-from":
		way = capture.Inbound(c, p, pod(t, s, words[2]), true)
	default:
		t.Fatalf("what is %q?", words)
	}
	return fmt.Sprintf("%s, %s, %s", way.Way, way.Why, way.At)
}

func pod(t *testing.T, s *mesh.Snapshot, name string) *corev1.Pod {
	if name == "outside" {
		return nil
	}
	n, ns, _ := strings.Cut(name, ".")
	p, ok, _ := s.Pods.Get(ns, n)
	if !ok {
		t.Fatalf("no pod %s", name)
	}
	return p
}
