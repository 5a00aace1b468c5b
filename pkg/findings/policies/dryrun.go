package policies

import (
	"maps"
	"slices"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// dryRun: a policy with the annotation istio.io/dry-run is only logged. It is tried as if it were enforced, and told where it would decide
// about this request.
func dryRun(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	seen := map[mesh.Ref]bool{}
	for _, h := range w.Guards() {
		for _, p := range precedence.AuthorizationPolicies(h.View, h.Pod).Policies {
			deciding := p.Spec.Action == security.AuthorizationPolicy_DENY || p.Spec.Action == security.AuthorizationPolicy_ALLOW
			if walk.IsDryRun(p) && deciding && !seen[walk.PolicyRef(p)] {
				seen[walk.PolicyRef(p)] = true
				out = append(out, enforced(w, p)...)
			}
		}
	}
	return out
}

// enforced tries a dry run as if it were none.
func enforced(w *walk.Walk, p *securityapi.AuthorizationPolicy) []flow.Finding {
	c := p.DeepCopy()
	c.Annotations = maps.Clone(c.Annotations)
	delete(c.Annotations, "istio.io/dry-run")
	then := w.Rerun(w.Snapshot.Put(c))
	at := walk.PolicyRef(p)
	if p.Spec.Action == security.AuthorizationPolicy_DENY {
		if rule, ok := deniedBy(then, at); ok {
			return []flow.Finding{walk.Found(DryRunWouldRefuse, rule)}
		}
		return nil
	}
	switch now, later := refusedAnywhere(w), refusedAnywhere(then); {
	case !now && later:
		return []flow.Finding{walk.Found(DryRunWouldRefuse, at.At("spec.rules"))}
	case now && !later && then.Reaches():
		return []flow.Finding{walk.Found(DryRunWouldAllow, at.At("spec.rules"))}
	}
	return nil
}

// deniedBy is the rule of a policy that refuses the request.
func deniedBy(w *walk.Walk, policy mesh.Ref) (mesh.Ref, bool) {
	for _, h := range w.Guards() {
		for _, c := range h.Candidates(security.AuthorizationPolicy_DENY) {
			if c.Ref.Object() == policy && c.Matches == evidence.True && c.Applies {
				return c.Ref, true
			}
		}
	}
	return mesh.Ref{}, false
}

// refusedAnywhere reports whether some proxy has no ALLOW rule that lets the request in.
func refusedAnywhere(w *walk.Walk) bool {
	return slices.ContainsFunc(w.Guards(), (*walk.Hop).Refused)
}
