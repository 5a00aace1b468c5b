package policies

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// tokenNeverVerified: policies compare what a RequestAuthentication has verified. Where none is attached to the workload, there are no claims
// and no request principal, whatever token comes.
func tokenNeverVerified(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		if !h.Left.L7 || !h.Known() || len(tokenRules(h)) > 0 {
			continue
		}
		for _, p := range h.Policies() {
			list := walk.Fields(p)
			if i := slices.IndexFunc(list, isToken); i >= 0 && p.Spec.Action != security.AuthorizationPolicy_CUSTOM {
				out = append(out, walk.Found(TokenNeverVerified, walk.PolicyRef(p).At(list[i].Path), mesh.PodRef(h.Pod).ID()))
			}
		}
	}
	return out
}

// tokenRules are the rules by which a proxy verifies tokens.
func tokenRules(h *walk.Hop) []*security.JWTRule {
	var out []*security.JWTRule
	for _, p := range precedence.RequestAuthentications(h.View, h.Pod).Policies {
		out = append(out, p.Spec.GetJwtRules()...)
	}
	return out
}

func isToken(f walk.Field) bool {
	a := f.Attribute()
	return a != nil && a.Token
}
