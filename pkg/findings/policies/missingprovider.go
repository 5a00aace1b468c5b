package policies

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingProvider: a CUSTOM policy names an external authorizer that the mesh config does not have. What its rules match is refused
// (pilot/pkg/security/authz/builder/extauthz.go).
func missingProvider(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		c := h.View.Config
		if c.Ref.IsZero() || len(c.Gaps) > 0 {
			continue
		}
		var names []string
		for _, p := range c.Proto.GetExtensionProviders() {
			if p.GetEnvoyExtAuthzHttp() != nil || p.GetEnvoyExtAuthzGrpc() != nil {
				names = append(names, p.GetName())
			}
		}
		for _, p := range h.Policies() {
			name := p.Spec.GetProvider().GetName()
			if p.Spec.Action == security.AuthorizationPolicy_CUSTOM && !slices.Contains(names, name) {
				out = append(out, walk.Found(CustomProviderMissing, walk.PolicyRef(p).At("spec.provider.name"), name, strings.Join(names, ", ")))
			}
		}
	}
	return out
}
