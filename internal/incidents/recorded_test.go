package incidents

import (
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"net/netip"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

var full = flag.Bool("full", false, "try the repairs of every recorded request that fails, not of a sample")

// TestRecorded: of recorded requests that fail, every repair that is shown mends the request, changes what it was said to change, and lets in
// nobody without an identity or a token where the lack of one was the reason.
func TestRecorded(t *testing.T) {
	tried, enforced := map[flow.Reason]int{}, 0
	err := truth.Each("../../testdata/truth", func(i int, c *truth.Case) error {
		if !*full && i%12 > 0 && (c.Area != "ambient" || i%6 > 0) {
			return nil
		}
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		random := rand.New(rand.NewSource(int64(i)))
		return c.Asked(s, func(n int, q *flow.Request) error {
			root, v := resolve.Answer(s, q)
			if !v.Settled || !*full && random.Intn(3) > 0 {
				return nil
			}
			var errs []error
			for _, e := range repair.Enforce(s, q, root, v) {
				enforced++
				if err := VerifyEnforced(s, q, e, random); err != nil {
					errs = append(errs, fmt.Errorf("request %d: %s: %w", n, e.Code, err))
				}
			}
			for _, r := range repair.Find(s, q, root, v).Repairs {
				tried[v.Outcomes[0].Reason]++
				err := errors.Join(Verify(s, q, r, random), anonymous(s, q, v, r))
				if err != nil {
					errs = append(errs, fmt.Errorf("request %d: %s: %w", n, r.Code, err))
				}
			}
			return errors.Join(errs...)
		})
	})
	if err != nil {
		t.Error(err)
	}
	if enforced == 0 {
		t.Error("no policy was tried that nobody enforces")
	}
	for _, reason := range []flow.Reason{flow.RBACNoAllowMatched, flow.RBACDenyMatched, flow.PlaintextRefused, flow.RouteNotFound} {
		if tried[reason] == 0 {
			t.Errorf("no repair of %s was tried: %v", reason, tried)
		}
	}
}

// missing is what rules asked for and a request did not have.
type missing struct {
	identity, token bool
	headers         []string
}

// anonymous asks for the same as somebody who lacks what the request lacked: without an identity and a token at the server's own address and at
// the gateway, and without the headers that a rule asked for. What lets in such a caller is no repair. Stopgaps say that they do, and preflights never
// carry anything of their caller.
func anonymous(s *mesh.Snapshot, q *flow.Request, v flow.Verdict, r repair.Repair) error {
	l := lacked(v)
	if len(r.Objects) == 0 || r.Last || strings.EqualFold(q.Method, "OPTIONS") || !l.identity && !l.token && len(l.headers) == 0 {
		return nil
	}
	after := r.Mesh(s)
	for who, x := range strangers(s, q, l, r) {
		if reach.Served(answer(after, x)) > 0 && reach.Served(answer(s, x)) == 0 {
			return fmt.Errorf("%s is let in at %s, without %+v", who, x.Host, l)
		}
	}
	return nil
}

// strangers are requests like one, of callers who have nothing of what it lacked.
func strangers(s *mesh.Snapshot, q *flow.Request, l missing, r repair.Repair) map[string]*flow.Request {
	out := map[string]*flow.Request{}
	bare := func(x *flow.Request) *flow.Request {
		x.Headers = x.Headers.Without("authorization")
		for _, h := range l.headers {
			x.Headers = x.Headers.Without(h)
		}
		return x
	}
	for _, b := range r.After.Outcomes {
		for _, to := range b.Backends {
			pod, ok, _ := s.Pods.Get(to.Namespace, to.Name)
			if !ok || len(mesh.Addresses(pod)) == 0 || to.Port == 0 {
				continue
			}
			x := *q
			x.Source, x.Via, x.SourceIP, x.Host, x.Port = nil, nil, netip.Addr{}, mesh.Addresses(pod)[0].String(), to.Port
			out["anybody at the pod "+to.Name] = bare(&x)
		}
	}
	if q.Via != nil {
		x := *q
		x.Source = nil
		out["anybody at the gateway"] = bare(&x)
	}
	if len(l.headers) > 0 && q.Source != nil {
		x := *q
		for _, h := range l.headers {
			x.Headers = x.Headers.Without(h)
		}
		out["the same client without the header"] = &x
	}
	return out
}

// lacked is what rules asked for that was not there: of ALLOW rules that do not match for it, and of DENY rules that make exceptions for who has it.
func lacked(v flow.Verdict) missing {
	var l missing
	for _, o := range v.Outcomes {
		if o.At == nil || o.Reason != flow.RBACNoAllowMatched && o.Reason != flow.RBACDenyMatched {
			continue
		}
		deny := evidence.Of(o.Reason == flow.RBACDenyMatched)
		for _, c := range o.At.Candidates {
			if c.Ref.Kind != mesh.AuthorizationPolicy || c.Matches != deny {
				continue
			}
			for _, x := range c.Checks {
				negated := strings.Contains(x.Field, ".not")
				if x.Got != "" || x.Is != deny || negated != (deny == evidence.True) {
					continue
				}
				name := strings.ToLower(x.Field + " " + x.Key)
				header, isHeader := strings.CutPrefix(x.Key, "request.headers[")
				switch {
				case isHeader:
					l.headers = append(l.headers, strings.ToLower(strings.TrimSuffix(header, "]")))
				case strings.Contains(name, "requestprincipals"), strings.Contains(name, "request.auth"):
					l.token = true
				case strings.Contains(name, "principals"), strings.Contains(name, "namespaces"), strings.Contains(name, "source.principal"), strings.Contains(name, "source.namespace"):
					l.identity = true
				}
			}
		}
	}
	return l
}
