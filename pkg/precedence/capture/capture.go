package capture

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// State is what istio-cni did to a pod.
type State int

// The states.
const (
	NotCaptured State = iota
	Captured          // the pod's connections are redirected to a ztunnel, which takes them
	Pending           // they are redirected, and no ztunnel takes them yet: every connection in and out is refused
)

func (s State) String() string { return [...]string{"not captured", "captured", "pending"}[s] }

// Why a pod is captured or not. The words are codes of the catalogue.
const (
	Enrolled         precedence.LossReason = "Enrolled"         // istio-cni enrolled the pod, as its labels ask
	StillEnrolled    precedence.LossReason = "StillEnrolled"    // it is enrolled, and nothing asks for it any more
	EnrolmentPending precedence.LossReason = "EnrolmentPending" // redirected, but no ztunnel has taken it over
	NotEnrolled      precedence.LossReason = "NotEnrolled"      // the labels ask for it, and istio-cni did not enrol it
	OptedOut         precedence.LossReason = "OptedOut"         // its own label says none
	NotAmbient       precedence.LossReason = "NotAmbient"       // no label asks for it
	HostNetwork      precedence.LossReason = "HostNetwork"      // a pod in its node's network is never captured
	SidecarPresent   precedence.LossReason = "SidecarPresent"   // a pod with a sidecar is never captured
	ExcludedByCNI    precedence.LossReason = "ExcludedByCNI"    // istio-cni leaves the namespace out
)

// Capture is what became of a pod, and why.
type Capture struct {
	State State
	Why   precedence.LossReason
	At    mesh.Ref   // the field that decides
	Asked mesh.Ref   // the label that asks for the pod to be captured; zero where none does
	Gaps  []mesh.Gap // of a namespace whose label could tell another why; the state never depends on it
}

const (
	// Annotation is where istio-cni notes what it did to a pod (cni/pkg/util/podutil.go).
	Annotation = "ambient.istio.io/redirection"
	// ModeLabel asks for pods to be captured, on the pod or on its namespace.
	ModeLabel = "istio.io/dataplane-mode"

	sidecarStatus = "sidecar.istio.io/status"
	// The chart of istio-cni excludes this namespace (manifests/charts/istio-cni/values.yaml, excludeNamespaces).
	excludedNamespace = "kube-system"
)

// Of tells what became of a pod. The annotation that istio-cni leaves decides, except on pods that it never touches
// (cni/pkg/util/enablement_selector.go, Matches).
func Of(s *mesh.Snapshot, pod *corev1.Pod) Capture {
	type key struct{ *corev1.Pod }
	return mesh.Derive(s, key{pod}, func() Capture { return of(s, pod) })
}

// StateOf is the state alone; a pod that is none of the cluster is not captured.
func StateOf(pod *corev1.Pod) State {
	if pod == nil || pod.Spec.HostNetwork || injected(pod) {
		return NotCaptured
	}
	switch pod.Annotations[Annotation] {
	case "enabled":
		return Captured
	case "pending":
		return Pending
	}
	return NotCaptured
}

func injected(pod *corev1.Pod) bool {
	_, has := pod.Annotations[sidecarStatus]
	return has || mesh.RoleOf(pod) == mesh.SidecarProxy
}

func of(s *mesh.Snapshot, pod *corev1.Pod) Capture {
	ref := mesh.PodRef(pod)
	if pod.Spec.HostNetwork {
		return Capture{Why: HostNetwork, At: ref.At("spec.hostNetwork")}
	}
	if injected(pod) {
		return Capture{Why: SidecarPresent, At: ref}
	}
	c := Capture{State: StateOf(pod)}
	c.Asked, c.Why, c.Gaps = asked(s, pod)
	switch c.State {
	case Captured:
		c.At = ref.At("metadata.annotations[" + Annotation + "]")
		if c.Why = Enrolled; c.Asked.IsZero() && len(c.Gaps) == 0 {
			c.Why = StillEnrolled
		}
	case Pending:
		c.Why, c.At = EnrolmentPending, ref.At("metadata.annotations["+Annotation+"]")
	default:
		if c.At = ref; !c.Asked.IsZero() {
			c.Why = NotEnrolled
		} else if c.Why == OptedOut {
			c.At = ref.At("metadata.labels[" + ModeLabel + "]")
		}
	}
	return c
}

// AskedFor is the label that asks for a pod to be captured, even where it never is, as one in its node's network; zero where none does.
func AskedFor(s *mesh.Snapshot, pod *corev1.Pod) mesh.Ref {
	by, _, _ := asked(s, pod)
	return by
}

// KeptOut reports whether a pod is out of ambient mode by its own label alone: its namespace is in it.
func KeptOut(s *mesh.Snapshot, pod *corev1.Pod) bool {
	ns, ok, _ := s.Namespaces.Get("", pod.Namespace)
	return Of(s, pod).Why == OptedOut && ok && ns.Labels[ModeLabel] == "ambient"
}

// asked finds the label that asks for a pod to be captured; of one that nothing asks for, why not. The pod's own label wins over its
// namespace's: ambient captures it wherever it is, none leaves it out, any other value says nothing.
func asked(s *mesh.Snapshot, pod *corev1.Pod) (by mesh.Ref, why precedence.LossReason, gaps []mesh.Gap) {
	own := mesh.PodRef(pod).At("metadata.labels[" + ModeLabel + "]")
	switch pod.Labels[ModeLabel] {
	case "ambient":
		return own, "", nil
	case "none":
		return mesh.Ref{}, OptedOut, nil
	}
	if pod.Namespace == excludedNamespace {
		return mesh.Ref{}, ExcludedByCNI, nil
	}
	ns, found, gaps := s.Namespaces.Get("", pod.Namespace)
	if found && ns.Labels[ModeLabel] == "ambient" {
		return mesh.Ref{Kind: mesh.Namespace, Name: ns.Name, Field: "metadata.labels[" + ModeLabel + "]"}, "", nil
	}
	return mesh.Ref{}, NotAmbient, gaps
}
