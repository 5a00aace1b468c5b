// Package secrets tells what of a request is nobody else's business.
package secrets

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Of knows the secrets of a request: what it carries under the usual names, and under those from which this mesh reads tokens and
// into which its proxies copy claims.
func Of(s *mesh.Snapshot, q *flow.Request) *redact.Redactor {
	r := &redact.Redactor{}
	policies, _ := s.RequestAuthentications.All()
	for _, p := range policies {
		for _, rule := range p.Spec.JwtRules {
			for _, h := range rule.GetFromHeaders() {
				r.Name(h.Name)
			}
			for _, name := range slices.Concat(rule.GetFromParams(), rule.GetFromCookies(), []string{rule.GetOutputPayloadToHeader()}) {
				r.Name(name)
			}
			for _, c := range rule.GetOutputClaimToHeaders() {
				r.Claimed(c.Header, c.Claim)
			}
		}
	}
	r.Shows(q.Host, q.Authority)
	if q.Source != nil {
		r.Shows(q.Source.Name, q.Source.Namespace)
	}
	for _, h := range q.Headers {
		r.Carries(h.Name, h.Value)
	}
	r.Asks(q.Path)
	return r
}
