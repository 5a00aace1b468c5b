package incidents

import (
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// anonymous asks for the same without identity and token, at the server's own address.
func anonymous(s *mesh.Snapshot, q *flow.Request, v flow.Verdict, r repair.Repair) error {
	policies := slices.ContainsFunc(r.Objects, func(o metav1.Object) bool { return strings.Contains(fmt.Sprintf("%T", o), "AuthorizationPolicy") })
	if !policies || !lacked(v) || strings.EqualFold(q.Method, "OPTIONS") {
		return nil
	}
	after := r.Mesh(s)
	for _, b := range r.After.Outcomes {
		for _, to := range b.Backends {
			pod, ok, _ := s.Pods.Get(to.Namespace, to.Name)
			if !ok || len(mesh.Addresses(pod)) == 0 || to.Port == 0 {
				continue
			}
			x := *q
			x.Source, x.Via, x.SourceIP, x.Host, x.Port = nil, nil, netip.Addr{}, mesh.Addresses(pod)[0].String(), to.Port
			x.Headers = x.Headers.Without("authorization")
			if reach.Served(answer(after, &x)) > 0 && reach.Served(answer(s, &x)) == 0 {
				return fmt.Errorf("anybody is let in at %s", x.Host)
			}
		}
	}
	return nil
}

// lacked reports whether a rule asked for an identity or a token that was not there.
func lacked(v flow.Verdict) bool {
	for _, o := range v.Outcomes {
		if o.At == nil {
			continue
		}
		for _, c := range o.At.Candidates {
			if slices.ContainsFunc(c.Checks, func(x evidence.Check) bool {
				name := strings.ToLower(x.Field + x.Key)
				return x.Got == "" && x.Is == evidence.False && (strings.Contains(name, "principals") || strings.Contains(name, "namespaces") || strings.Contains(name, "request.auth"))
			}) {
				return true
			}
		}
	}
	return false
}
