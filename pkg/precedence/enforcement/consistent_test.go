package enforcement_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

var (
	full  = flag.Bool("full", false, "try many more of the generated meshes")
	first = flag.Int64("first", 0, "the first of the generated meshes that are tried")
	many  = flag.Int64("many", 0, "how many of them; few, or with -full many, where it is 0")
)

// TestSelfConsistent holds the table against the answers, in meshes that are generated: a policy that it calls nobody's can be removed, and no
// answer changes; one that it calls enforced, where it stands alone, changes some answer.
func TestSelfConsistent(t *testing.T) {
	seeds := int64(150)
	switch {
	case *many > 0:
		seeds = *many
	case *full:
		seeds = 2000
	}
	seen := map[string]int{}
	for seed := *first; seed < *first+seeds; seed++ {
		text := generated(seed)
		s, err := manifest.Source{Stdin: strings.NewReader(text)}.Snapshot("-")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := consistent(t, s, seen); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	for _, what := range []string{"nobody AuthorizationPolicy", "nobody PeerAuthentication", "nobody RequestAuthentication",
		"enforced AuthorizationPolicy ztunnel", "enforced AuthorizationPolicy waypoint", "enforced AuthorizationPolicy sidecar", "enforced PeerAuthentication ztunnel",
		"enforced PeerAuthentication sidecar", "enforced RequestAuthentication waypoint", "enforced RequestAuthentication sidecar"} {
		if seen[what] == 0 && *many == 0 {
			t.Errorf("no generated mesh tries: %s", what)
		}
	}
	t.Log(seen)
}

func consistent(t *testing.T, s *mesh.Snapshot, seen map[string]int) error {
	var errs []error
	server, gate := podOf(t, s, "app", "s"), podOf(t, s, "istio-system", "gate")
	table, edge := enforcement.Of(s, server), enforcement.Of(s, gate)
	before := sweep(t, s)
	for _, p := range table.Policies {
		// The gateway is a workload too, with a table of its own.
		atEdge := slices.ContainsFunc(edge.Policies, func(q enforcement.Policy) bool { return q.Ref == p.Ref && !q.Nobody() })
		switch {
		case p.Nobody() && !atEdge:
			seen["nobody "+string(p.Ref.Kind)]++
			less, _ := s.Drop(p.Ref)
			if changed := differ(before, sweep(t, less)); changed != "" {
				errs = append(errs, fmt.Errorf("%s is enforced by nobody (%s), and without it %s", p.Ref, p.Why, changed))
			}
		case p.Nobody() || p.Action == "AUDIT" || !strict(s, p.Ref) || deserted(table) || open(p):
		default:
			if i := slices.IndexFunc(p.Places, func(x enforcement.Place) bool { return x.Point != enforcement.Clients }); i < 0 {
				continue // what clients send is only seen where they are asked for it
			}
			for _, at := range p.Places {
				seen["enforced "+string(p.Ref.Kind)+" "+string(at.Point)]++
			}
			if err := effective(t, s, server, p.Ref); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// effective looks for an answer that a policy changes where it is the only one.
func effective(t *testing.T, s *mesh.Snapshot, server *corev1.Pod, ref mesh.Ref) error {
	alone := s
	for _, p := range enforcement.Of(s, server).Policies {
		if p.Ref != ref {
			alone, _ = alone.Drop(p.Ref)
		}
	}
	if i := slices.IndexFunc(enforcement.Of(alone, server).Policies, func(p enforcement.Policy) bool { return p.Ref == ref }); enforcement.Of(alone, server).Policies[i].Nobody() {
		return fmt.Errorf("%s is enforced, and by nobody where it is the only policy", ref)
	}
	less, _ := alone.Drop(ref)
	if differ(sweep(t, alone), sweep(t, less)) == "" {
		return fmt.Errorf("%s is enforced, and no answer changes without it", ref)
	}
	return nil
}

// strict reports whether a policy asks for more than what holds without it: what other PeerAuthentications say only counts beside a wider one.
func strict(s *mesh.Snapshot, ref mesh.Ref) bool {
	p, ok, _ := s.PeerAuthentications.Get(ref.Namespace, ref.Name)
	return !ok || ref.Kind != mesh.PeerAuthentication || p.Spec.GetMtls().GetMode().String() == "STRICT" && len(p.Spec.GetPortLevelMtls()) == 0
}

// open reports whether an ALLOW policy lets everybody in where it is enforced: its condition is one that always holds at a waypoint.
func open(p enforcement.Policy) bool {
	return p.Action == "ALLOW" && slices.ContainsFunc(p.Places, func(x enforcement.Place) bool {
		return slices.ContainsFunc(x.Rules, func(r enforcement.Rule) bool {
			return r.Why == waypoint.PeerIsNoAddress && r.Fate == ztunnel.Wider.String()
		})
	})
}

// deserted reports whether nobody serves a waypoint on the way: then nothing gets as far as a policy.
func deserted(t enforcement.Table) bool {
	return slices.ContainsFunc(t.Services, func(x enforcement.Service) bool { return x.Binding.Waypoint != nil && x.Reach != waypoint.Ready })
}

func podOf(t *testing.T, s *mesh.Snapshot, namespace, name string) *corev1.Pod {
	t.Helper()
	p, ok, _ := s.Pods.Get(namespace, name)
	if !ok {
		t.Fatalf("no pod %s/%s", namespace, name)
	}
	return p
}

// keys are a key set that nobody signs with.
const keys = `{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI"}]}`

// badToken is one of an issuer that no RequestAuthentication knows.
const badToken = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJub2JvZHkiLCJzdWIiOiJ4In0.c2lnbmF0dXJl" //nolint:gosec // it is nobody's

// sweep asks for what everybody gets from app/s: by the Service, by the pod's address, and through the gateway.
func sweep(t *testing.T, s *mesh.Snapshot) map[string]string {
	t.Helper()
	out := map[string]string{}
	ask := func(q question.Question) {
		q.Namespace, q.Now = "app", time.Unix(1_800_000_000, 0)
		r, err := q.Bind(s)
		if err != nil {
			t.Fatal(err)
		}
		_, v := resolve.Answer(s, r)
		out[strings.Join([]string{q.From, q.Method, q.To, q.Token}, " ")] = answerText(v)
	}
	for _, from := range []string{"client.app", "other.app", "client.legacy", "captured.legacy", "client.side"} {
		for _, to := range []string{"http://s.app/", "http://s.app/a", "http://10.0.0.9:8080/", "http://10.0.0.9:8080/a"} {
			for _, method := range []string{"GET", "DELETE"} {
				ask(question.Question{From: from, To: to, Method: method})
			}
		}
		ask(question.Question{From: from, To: "http://s.app/", Method: "GET", Token: badToken})
		ask(question.Question{From: from, To: "http://10.0.0.9:8080/", Method: "GET", Token: badToken})
		ask(question.Question{From: from, To: "tcp://s.app:9000"})
		ask(question.Question{From: from, To: "tcp://10.0.0.9:9090"})
	}
	for _, path := range []string{"", "a"} {
		for _, method := range []string{"GET", "DELETE"} {
			ask(question.Question{From: question.Outside, To: "http://web.example/" + path, Via: "gate.istio-system", Method: method})
		}
	}
	return out
}

// answerText is what comes of a request, and why: where two things stand in its way, taking one of them away changes the reason alone.
func answerText(v flow.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "settled %t", v.Settled)
	for _, o := range v.Outcomes {
		fmt.Fprintf(&b, ", %s %d %d %g %v %s", o.Kind, o.Status, o.CurlExit, o.Share, o.Backends, o.Reason)
	}
	return b.String()
}

// differ tells the first answer that is another; empty where none is.
func differ(a, b map[string]string) string {
	var names []string
	for k := range a {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		if a[k] != b[k] {
			return fmt.Sprintf("%s gets %s in place of %s", k, b[k], a[k])
		}
	}
	return ""
}
