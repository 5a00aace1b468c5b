package findings

import (
	"maps"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// dryRun: a policy with the annotation istio.io/dry-run is only logged. It is tried as if it were enforced, and told where it would decide
// about this request.
func dryRun(w *walk) []flow.Finding {
	var out []flow.Finding
	seen := map[mesh.Ref]bool{}
	for _, h := range w.guards() {
		for _, p := range precedence.AuthorizationPolicies(h.view, h.pod).Policies {
			deciding := p.Spec.Action == security.AuthorizationPolicy_DENY || p.Spec.Action == security.AuthorizationPolicy_ALLOW
			if isDryRun(p) && deciding && !seen[policyRef(p)] {
				seen[policyRef(p)] = true
				out = append(out, w.enforced(p)...)
			}
		}
	}
	return out
}

// enforced tries a dry run as if it were none.
func (w *walk) enforced(p *securityapi.AuthorizationPolicy) []flow.Finding {
	c := p.DeepCopy()
	c.Annotations = maps.Clone(c.Annotations)
	delete(c.Annotations, "istio.io/dry-run")
	then := w.again(w.snap.Put(c))
	at := policyRef(p)
	if p.Spec.Action == security.AuthorizationPolicy_DENY {
		if rule, ok := then.deniedBy(at); ok {
			return []flow.Finding{found(DryRunWouldRefuse, rule)}
		}
		return nil
	}
	switch now, later := w.refusedAnywhere(), then.refusedAnywhere(); {
	case !now && later:
		return []flow.Finding{found(DryRunWouldRefuse, at.At("spec.rules"))}
	case now && !later && then.reaches():
		return []flow.Finding{found(DryRunWouldAllow, at.At("spec.rules"))}
	}
	return nil
}

// deniedBy is the rule of a policy that refuses the request.
func (w *walk) deniedBy(policy mesh.Ref) (mesh.Ref, bool) {
	for _, h := range w.guards() {
		for _, c := range h.candidates(security.AuthorizationPolicy_DENY) {
			if c.Ref.Object() == policy && c.Matches == evidence.True && c.Applies {
				return c.Ref, true
			}
		}
	}
	return mesh.Ref{}, false
}

// refusedAnywhere tells whether some proxy has no ALLOW rule that lets the request in.
func (w *walk) refusedAnywhere() bool {
	return slices.ContainsFunc(w.guards(), (*hop).refused)
}

// missingProvider: a CUSTOM policy names an external authorizer that the mesh config does not have. What its rules match is refused
// (pilot/pkg/security/authz/builder/extauthz.go).
func missingProvider(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.guards()) {
		c := h.view.Config
		if c.Ref.IsZero() || len(c.Gaps) > 0 {
			continue
		}
		var names []string
		for _, p := range c.Proto.GetExtensionProviders() {
			if p.GetEnvoyExtAuthzHttp() != nil || p.GetEnvoyExtAuthzGrpc() != nil {
				names = append(names, p.GetName())
			}
		}
		for _, p := range h.policies() {
			name := p.Spec.GetProvider().GetName()
			if p.Spec.Action == security.AuthorizationPolicy_CUSTOM && !slices.Contains(names, name) {
				out = append(out, found(CustomProviderMissing, policyRef(p).At("spec.provider.name"), name, strings.Join(names, ", ")))
			}
		}
	}
	return out
}
