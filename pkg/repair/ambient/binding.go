package ambient

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// Bound is the Service or ServiceEntry of a host with the labels that bind it to a waypoint.
func Bound(h *mesh.Host, w Waypoint) metav1.Object {
	return labelled(h, func(labels map[string]string) {
		labels[waypoint.UseLabel] = w.Ref.Name
		delete(labels, waypoint.UseNamespaceLabel)
		if w.Ref.Namespace != h.Namespace {
			labels[waypoint.UseNamespaceLabel] = w.Ref.Namespace
		}
	})
}

// FromGateways is the Service or ServiceEntry of a host with the label by which gateways send through its waypoint.
func FromGateways(h *mesh.Host) metav1.Object {
	return labelled(h, func(labels map[string]string) { labels[waypoint.IngressLabel] = "true" })
}

// BoundFromGateways is that with both.
func BoundFromGateways(h *mesh.Host, w Waypoint) metav1.Object {
	o := Bound(h, w)
	o.GetLabels()[waypoint.IngressLabel] = "true"
	return o
}

func labelled(h *mesh.Host, set func(map[string]string)) metav1.Object {
	var o metav1.Object
	if h.Entry != nil {
		o = h.Entry.DeepCopy()
	} else {
		o = h.Service.DeepCopy()
	}
	labels := map[string]string{}
	maps.Copy(labels, o.GetLabels())
	set(labels)
	o.SetLabels(labels)
	return o
}

// Opened is the Gateway that a label names, changed so that it takes what goes to the host: it admits the host's namespace, or takes traffic
// of Services too. It is nil where neither is what keeps the host from it.
func Opened(s *mesh.Snapshot, h *mesh.Host) *gatewayv1.Gateway {
	b := waypoint.OfHost(s.ForZtunnels(), h)
	g, ok, _ := s.KubeGateways.Get(b.Gateway.Namespace, b.Gateway.Name)
	if !ok || g.Spec.GatewayClassName != mesh.WaypointClass {
		return nil
	}
	g = g.DeepCopy()
	switch b.Why {
	case waypoint.AttachmentDenied:
		found := false
		for i := range g.Spec.Listeners {
			if l := &g.Spec.Listeners[i]; l.Protocol == "HBONE" && l.Port == waypoint.HBONEPort && !found {
				l.AllowedRoutes, found = admitting(g.Namespace, h.Namespace), true
			}
		}
		if !found {
			return nil
		}
	case waypoint.UnsupportedTrafficType:
		takes := waypoint.ForService
		if g.Labels[waypoint.ForLabel] == waypoint.ForWorkload {
			takes = waypoint.ForAll
		}
		labels := map[string]string{}
		maps.Copy(labels, g.Labels)
		labels[waypoint.ForLabel], g.Labels = takes, labels
	default:
		return nil
	}
	return g
}
