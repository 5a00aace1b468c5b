package ztunnel_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// TestZtunnel answers the questions of a case, one a line: policies POD, plaintext POD PORT, POD PORT from PEER ADDRESS (- for none), and
// address NAMESPACE ADDRESS. A line "hide KIND" hides a kind from the questions after it. A case may force a release in a file "version".
func TestZtunnel(t *testing.T) {
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
	case "policies":
		return described(ztunnel.AuthorizationPolicies(s, pod(t, s, words[1])))
	case "plaintext":
		port, _ := strconv.Atoi(words[2])
		return peer(ztunnel.PeerAuthentication(s, pod(t, s, words[1]), port))
	case "address":
		d := ztunnel.Lookup(s, words[1], netip.MustParseAddr(words[2]))
		text := "unknown"
		if d.Pod != nil {
			text = mesh.PodRef(d.Pod).String()
		} else if d.Host != nil {
			text = d.Host.Ref.String() + " " + d.Host.Name
		}
		return text + unread(d.Gaps)
	}
	p := pod(t, s, words[0])
	port, _ := strconv.Atoi(words[1])
	x := ztunnel.Connection{Destination: netip.MustParseAddr(p.Status.PodIP), Port: port}
	if words[3] != "-" {
		x.Peer = "spiffe://" + words[3]
	}
	if words[4] != "-" {
		x.Source = netip.MustParseAddr(words[4])
	}
	return decide(ztunnel.AuthorizationPolicies(s, p), ztunnel.PeerAuthentication(s, p, port), x)
}

// decide says what ztunnel logs of a connection.
func decide(policies ztunnel.Policies, peer ztunnel.Peer, x ztunnel.Connection) string {
	allows, unknown := 0, ""
	for _, deny := range []bool{true, false} {
		for _, p := range policies.Enforced {
			if p.Allows() == deny {
				continue
			}
			if !deny {
				allows++
			}
			switch is, known := matches(p, x); {
			case !known:
				unknown = ", unless " + p.Ref.ID() + " matches"
			case is && deny:
				return ztunnel.Denied(p.Ref.ID())
			case is:
				return "allowed by " + p.Ref.ID() + unknown
			}
		}
		if deny && x.Peer == "" && peer.Refuses {
			return ztunnel.Denied(peer.Policy) + unknown
		}
	}
	if allows > 0 {
		return ztunnel.NoneAllowed + unknown
	}
	return "allowed" + unknown
}

// matches folds a policy's rules: -1 for false, 0 for not known, 1 for true.
func matches(p *ztunnel.Policy, x ztunnel.Connection) (is, known bool) {
	any := -1
	for _, r := range p.Rules {
		rule := 1
		if r.Fate == ztunnel.Dropped {
			continue
		}
		for _, clause := range r.Clauses() {
			one := -1
			for _, a := range clause {
				all := 1
				if len(a.Conditions) == 0 {
					all = -1
				}
				for _, c := range a.Conditions {
					switch _, holds, certain := c.Holds(x); {
					case !certain:
						all = min(all, 0)
					case !holds:
						all = -1
					}
				}
				one = max(one, all)
			}
			rule = min(rule, one)
		}
		any = max(any, rule)
	}
	return any == 1, any != 0
}

func described(p ztunnel.Policies) string {
	var out strings.Builder
	for _, c := range p.Considered {
		fmt.Fprintf(&out, "\n  %s: %s", c.Ref, c.Why)
	}
	for _, x := range p.Enforced {
		fmt.Fprintf(&out, "\n  enforced %s", x.Ref.ID())
		for _, r := range x.Rules {
			fmt.Fprintf(&out, "\n    %s: %s", r.Ref.Field, r.Fate)
			for _, l := range r.Lost {
				fmt.Fprintf(&out, "\n      lost %s: %s", l.Field, l.Why)
			}
			for _, clause := range r.Clauses() {
				for _, a := range clause {
					fmt.Fprintf(&out, "\n      %s:%s", a.Field, conditions(a))
				}
			}
		}
	}
	return out.String() + unread(p.Gaps)
}

func conditions(a ztunnel.Alternative) string {
	if len(a.Conditions) == 0 {
		return " nothing is left, so that it matches nothing"
	}
	out := ""
	for _, c := range a.Conditions {
		_, name, _ := strings.Cut(c.Field, a.Field+".")
		out += fmt.Sprintf(" %s%q", name, c.Values)
	}
	return out
}

func peer(p ztunnel.Peer) string {
	text := "accepted"
	if p.Refuses {
		text = "refused"
	}
	for _, more := range []string{p.Policy, p.From.String(), p.Missing} {
		if more = strings.TrimSpace(more); more != "" {
			text += ", " + more
		}
	}
	for _, c := range p.Considered {
		text += fmt.Sprintf("\n  %s: %s", c.Ref, c.Why)
		if !c.By.IsZero() {
			text += " by " + c.By.String()
		}
		if c.Applies != (c.Why == precedence.Applies) {
			text += ", which contradicts itself"
		}
	}
	return text + unread(p.Gaps)
}

func pod(t *testing.T, s *mesh.Snapshot, name string) *corev1.Pod {
	n, ns, _ := strings.Cut(name, ".")
	p, ok, _ := s.Pods.Get(ns, n)
	if !ok {
		t.Fatalf("no pod %s", name)
	}
	return p
}

func unread(gaps []mesh.Gap) string {
	out := ""
	for _, g := range gaps {
		out += ", not read: " + string(g.Kind)
	}
	return out
}
