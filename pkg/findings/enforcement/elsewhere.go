package enforcement

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// elsewhere: a policy acts in its own namespace, and a gateway's pods are seldom in that of the application. It is told of what would act on a gateway
// that the request passes, if it were there; and, where that is all that there is of it, of a policy for everybody in a namespace without pods.
func elsewhere(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	gateways := walk.ByPod(w.Gateways())
	for _, h := range gateways {
		id := mesh.PodRef(h.Pod).ID()
		for _, at := range precedence.Misplaced(h.View, h.Pod) {
			if strings.HasSuffix(at.Field, "targetRefs") {
				out = append(out, walk.Found(TargetsGatewayElsewhere, at, h.Pod.Labels[mesh.GatewayNameLabel], h.Pod.Namespace))
				continue
			}
			out = append(out, walk.Found(SelectsGatewayElsewhere, at, id))
		}
	}
	if len(gateways) == 0 || !w.Reaches() || !w.Snapshot.Pods.Known() {
		return out
	}
	policies, _ := w.Snapshot.AuthorizationPolicies.All()
	var idle []flow.Finding
	for _, p := range policies {
		pods, _ := w.Snapshot.Pods.In(p.Namespace)
		if len(pods) == 0 && len(p.Spec.GetSelector().GetMatchLabels()) == 0 && len(p.Spec.GetTargetRefs()) == 0 && p.Spec.GetTargetRef() == nil && p.Namespace != w.Snapshot.Config.RootNamespace {
			idle = append(idle, walk.Found(NamespaceWithoutPods, walk.PolicyRef(p), p.Namespace))
		}
	}
	const few = 2
	if len(idle) <= few { // more of them are how a cluster is set up
		out = append(out, idle...)
	}
	return out
}
