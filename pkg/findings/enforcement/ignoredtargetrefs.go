package enforcement

import (
	"slices"

	typeapi "istio.io/api/type/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ignoredTargetRefs: a policy with targetRefs is for waypoints and for gateways of the Gateway API; any other pod ignores it as a whole
// (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy). It is told where it points at what the request goes to, and nothing else is
// there that would take it.
func ignoredTargetRefs(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		considered := slices.Concat(precedence.AuthorizationPolicies(h.View, h.Pod).Considered, precedence.RequestAuthentications(h.View, h.Pod).Considered)
		for _, c := range considered {
			if c.Why != precedence.TargetRefs || c.Ref.Namespace != h.Pod.Namespace {
				continue
			}
			for _, t := range targetRefs(h, c.Ref) {
				if means(w, h, t) {
					out = append(out, walk.Found(TargetRefsIgnored, c.Ref, t.Kind+" "+t.Name, mesh.PodRef(h.Pod).ID()))
				}
			}
		}
	}
	return out
}

func targetRefs(h *walk.Hop, at mesh.Ref) []*typeapi.PolicyTargetReference {
	var list []*typeapi.PolicyTargetReference
	var single *typeapi.PolicyTargetReference
	if p, ok, _ := h.View.AuthorizationPolicies.Get(at.Namespace, at.Name); ok && at.Kind == mesh.AuthorizationPolicy {
		list, single = p.Spec.GetTargetRefs(), p.Spec.GetTargetRef()
	}
	if p, ok, _ := h.View.RequestAuthentications.Get(at.Namespace, at.Name); ok && at.Kind == mesh.RequestAuthentication {
		list, single = p.Spec.GetTargetRefs(), p.Spec.GetTargetRef()
	}
	if len(list) == 0 && single != nil {
		list = []*typeapi.PolicyTargetReference{single}
	}
	return list
}

// means reports whether a reference was meant for a pod that ignores it: a Service of the pod that has no waypoint, or, by the name of an
// Istio Gateway or of the gateway's Service, a Gateway of the Gateway API that does not exist.
func means(w *walk.Walk, h *walk.Hop, t *typeapi.PolicyTargetReference) bool {
	services := h.View.Targets(h.Pod)
	named := slices.ContainsFunc(services, func(x mesh.Target) bool { return x.Host.Kube && x.Host.Ref.Name == t.GetName() })
	switch {
	case t.GetKind() == "Service" && !h.IsGateway():
		ns, ok, _ := w.Snapshot.Namespaces.Get("", h.Pod.Namespace)
		bound := h.Pod.Labels[waypoint.UseLabel] != "" || ok && ns.Labels[waypoint.UseLabel] != ""
		bound = bound || slices.ContainsFunc(services, func(x mesh.Target) bool {
			return x.Host.Service != nil && x.Host.Service.Labels[waypoint.UseLabel] != ""
		})
		return named && !bound
	case t.GetKind() == "Gateway" && h.IsGateway():
		_, exists, gaps := h.View.KubeGateways.Get(h.Pod.Namespace, t.GetName())
		served := slices.ContainsFunc(gateway.Of(h.View, h.Pod).Considered, func(c precedence.Considered) bool {
			return c.Applies && c.Ref.Kind == mesh.Gateway && c.Ref.Name == t.GetName()
		})
		return !exists && len(gaps) == 0 && (named || served)
	}
	return false
}
