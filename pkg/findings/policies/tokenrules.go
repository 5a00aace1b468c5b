package policies

import (
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

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
