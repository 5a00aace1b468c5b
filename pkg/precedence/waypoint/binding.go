package waypoint

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Why an object is bound to a waypoint or not. The words are those of the condition istio.io/WaypointBound where it has one, and codes of
// the catalogue.
const (
	Accepted               precedence.LossReason = "WaypointAccepted"
	NotAsked               precedence.LossReason = "NoWaypointAsked"        // neither the object nor its namespace names one
	AskedForNone           precedence.LossReason = "NoneAsked"              // the label says none
	IsWaypoint             precedence.LossReason = "IsWaypoint"             // a waypoint has none itself
	NotPublished           precedence.LossReason = "NotPublished"           // ztunnel knows no Service of type ExternalName
	NotReady               precedence.LossReason = "WaypointIsNotReady"     // no such Gateway has an address
	AttachmentDenied       precedence.LossReason = "AttachmentDenied"       // the Gateway's listener does not admit the namespace
	UnsupportedTrafficType precedence.LossReason = "UnsupportedTrafficType" // the waypoint is for other traffic
	ForServicesOnly        precedence.LossReason = "ForServicesOnly"        // the same, of a pod that inherits its namespace's waypoint
	CrossNamespace         precedence.LossReason = "CrossNamespaceWaypointForbidden"
)

// The labels that bind what bears them to a waypoint: its name, and its namespace where that is another one.
const (
	UseLabel          = "istio.io/use-waypoint"
	UseNamespaceLabel = "istio.io/use-waypoint-namespace"
)

const (
	eastWest = "istio.io-eastwest-controller"
)

// Binding is the waypoint of an object, and how it came about.
type Binding struct {
	Waypoint *Waypoint // nil where connections go straight through
	Canary   *Canary   // takes a share of the connections; nil where none does
	Why      precedence.LossReason
	Label    mesh.Ref   // the label that names the waypoint, or says none; zero where nothing does
	Gateway  mesh.Ref   // the Gateway that it names, whether that exists or not
	Refused  mesh.Ref   // the field of the Gateway, or of the mesh config, that keeps the object from it
	Gaps     []mesh.Gap // of what could make it another waypoint, or none
}

// OfHost returns the waypoint of a Service or ServiceEntry, for connections to its virtual address (fetchWaypointForService).
func OfHost(s *mesh.Snapshot, h *mesh.Host) Binding {
	type key struct{ mesh.Ref }
	return mesh.Derive(s, key{h.Ref}, func() Binding { return ofHost(s, h) })
}

func ofHost(s *mesh.Snapshot, h *mesh.Host) Binding {
	meta := metadata(h)
	switch {
	case meta.Labels[mesh.ManagedLabel] == mesh.MeshController || meta.Labels[mesh.ManagedLabel] == eastWest:
		return Binding{Why: IsWaypoint, Label: h.Ref.At("metadata.labels[" + mesh.ManagedLabel + "]")}
	case h.Resolution == mesh.Alias:
		return Binding{Why: NotPublished, Label: h.Ref.At("spec.type")}
	}
	b := find(s, h.Ref, meta)
	if b.Waypoint == nil {
		return b
	}
	if !b.Waypoint.takes(ForService) {
		return b.refuse(UnsupportedTrafficType, b.Waypoint.typeField())
	}
	if h.Entry != nil && b.Waypoint.Ref.Namespace != h.Namespace {
		v, at, gaps := Visible(s, h.Namespace)
		b.Gaps = append(b.Gaps, gaps...)
		if v == InNamespace {
			return b.refuse(CrossNamespace, at)
		}
	}
	b.Canary = canaryOf(s, h.Ref, meta, b.Waypoint)
	return b.reached()
}

// OfPod returns the waypoint of a pod, for connections to its own address (computeWaypoint, fetchWaypointForWorkload).
func OfPod(s *mesh.Snapshot, pod *corev1.Pod) Binding {
	type key struct{ *corev1.Pod }
	return mesh.Derive(s, key{pod}, func() Binding { return ofPod(s, pod) })
}

func ofPod(s *mesh.Snapshot, pod *corev1.Pod) Binding {
	ref := mesh.PodRef(pod)
	if name := pod.Labels[mesh.GatewayNameLabel]; name != "" {
		if w, gaps := Named(s, pod.Namespace, name); w != nil {
			return Binding{Why: IsWaypoint, Label: ref.At("metadata.labels[" + mesh.GatewayNameLabel + "]"), Gaps: gaps}
		}
	}
	b := find(s, ref, pod.ObjectMeta)
	switch {
	case b.Waypoint == nil:
		return b
	case b.Waypoint.takes(ForWorkload):
		return b.reached()
	case b.Label.Kind == mesh.Namespace:
		return b.refuse(ForServicesOnly, b.Waypoint.typeField())
	}
	return b.refuse(UnsupportedTrafficType, b.Waypoint.typeField())
}

// find follows the labels of an object, else those of its namespace, and asks whether the waypoint admits it. A label on the object ends
// the search, even if its waypoint cannot be used (fetchWaypointForTarget).
func find(s *mesh.Snapshot, ref mesh.Ref, meta metav1.ObjectMeta) Binding {
	b := Binding{Why: NotAsked}
	name, labelled := meta.Labels[UseLabel]
	at, labels := ref, meta.Labels
	if !labelled {
		ns, found, gaps := s.Namespaces.Get("", meta.Namespace)
		if !found {
			b.Gaps = gaps
			return b
		}
		if name, labelled = ns.Labels[UseLabel]; !labelled {
			return b
		}
		at, labels = mesh.Ref{Kind: mesh.Namespace, Name: ns.Name}, ns.Labels
	}
	b.Label = at.At("metadata.labels[" + UseLabel + "]")
	if name == "none" {
		b.Why = AskedForNone
		return b
	}
	namespace := meta.Namespace
	if v, ok := labels[UseNamespaceLabel]; ok {
		namespace = v
	}
	b.Gateway = gatewayRef(namespace, name)
	if b.Waypoint, b.Gaps = Named(s, namespace, name); b.Waypoint == nil {
		b.Why = NotReady
		return b
	}
	ok, field, gaps := b.Waypoint.admits(s, meta.Namespace)
	b.Gaps = append(b.Gaps, gaps...)
	if !ok {
		return b.refuse(AttachmentDenied, field)
	}
	b.Why = Accepted
	return b
}

// refuse takes the waypoint away: connections go straight through, and none of its policies applies.
func (b Binding) refuse(why precedence.LossReason, at mesh.Ref) Binding {
	b.Waypoint, b.Why, b.Refused = nil, why, at
	return b
}

// reached drops a waypoint whose status names no address that istiod can use.
func (b Binding) reached() Binding {
	if !b.Waypoint.reachable() {
		return b.refuse(NotReady, b.Gateway.At("status.addresses"))
	}
	return b
}

// typeField is where the traffic type stands, or would stand.
func (w *Waypoint) typeField() mesh.Ref {
	if w.ForAt.IsZero() {
		return w.Ref.At("metadata.labels[" + ForLabel + "]")
	}
	return w.ForAt
}

func metadata(h *mesh.Host) metav1.ObjectMeta {
	if h.Entry != nil {
		return h.Entry.ObjectMeta
	}
	return h.Service.ObjectMeta
}
