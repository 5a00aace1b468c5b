package findings

import (
	"slices"

	typeapi "istio.io/api/type/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ignoredTargetRefs: a policy with targetRefs is for waypoints and for gateways of the Gateway API; any other pod ignores it as a whole
// (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy). It is told where it points at what the request goes to, and nothing else is
// there that would take it.
func ignoredTargetRefs(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.guards()) {
		considered := slices.Concat(precedence.AuthorizationPolicies(h.view, h.pod).Considered, precedence.RequestAuthentications(h.view, h.pod).Considered)
		for _, c := range considered {
			if c.Why != precedence.TargetRefs || c.Ref.Namespace != h.pod.Namespace {
				continue
			}
			for _, t := range h.targetRefs(c.Ref) {
				if w.means(h, t) {
					out = append(out, found(TargetRefsIgnored, c.Ref, t.Kind+" "+t.Name, mesh.PodRef(h.pod).ID()))
				}
			}
		}
	}
	return out
}

func (h *hop) targetRefs(at mesh.Ref) []*typeapi.PolicyTargetReference {
	var list []*typeapi.PolicyTargetReference
	var single *typeapi.PolicyTargetReference
	if p, ok, _ := h.view.AuthorizationPolicies.Get(at.Namespace, at.Name); ok && at.Kind == mesh.AuthorizationPolicy {
		list, single = p.Spec.GetTargetRefs(), p.Spec.GetTargetRef()
	}
	if p, ok, _ := h.view.RequestAuthentications.Get(at.Namespace, at.Name); ok && at.Kind == mesh.RequestAuthentication {
		list, single = p.Spec.GetTargetRefs(), p.Spec.GetTargetRef()
	}
	if len(list) == 0 && single != nil {
		list = []*typeapi.PolicyTargetReference{single}
	}
	return list
}

const useWaypoint = "istio.io/use-waypoint"

// means tells whether a reference was meant for a pod that ignores it: a Service of the pod that has no waypoint, or, by the name of an
// Istio Gateway or of the gateway's Service, a Gateway of the Gateway API that does not exist.
func (w *walk) means(h *hop, t *typeapi.PolicyTargetReference) bool {
	services := h.view.Targets(h.pod)
	named := slices.ContainsFunc(services, func(x mesh.Target) bool { return x.Host.Kube && x.Host.Ref.Name == t.GetName() })
	switch {
	case t.GetKind() == "Service" && !h.gateway():
		ns, ok, _ := w.snap.Namespaces.Get("", h.pod.Namespace)
		waypoint := h.pod.Labels[useWaypoint] != "" || ok && ns.Labels[useWaypoint] != ""
		waypoint = waypoint || slices.ContainsFunc(services, func(x mesh.Target) bool { return x.Host.Service != nil && x.Host.Service.Labels[useWaypoint] != "" })
		return named && !waypoint
	case t.GetKind() == "Gateway" && h.gateway():
		_, exists, gaps := h.view.KubeGateways.Get(h.pod.Namespace, t.GetName())
		served := slices.ContainsFunc(gateway.GatewayOf(h.view, h.pod).Considered, func(c precedence.Considered) bool {
			return c.Applies && c.Ref.Kind == mesh.Gateway && c.Ref.Name == t.GetName()
		})
		return !exists && len(gaps) == 0 && (named || served)
	}
	return false
}
