package capture

import (
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Way is how a connection goes at a pod's end of it.
type Way int

// The ways.
const (
	Around    Way = iota // past every ztunnel
	Through              // through the ztunnel of the pod's node
	Refused              // it is redirected to a port on which no ztunnel listens
	Undecided            // not known: the node of one of the two pods is not
)

func (w Way) String() string { return [...]string{"around", "through", "refused", "undecided"}[w] }

// Why a connection goes the way it does, beside what is so of the pod at large.
const (
	ToItself       precedence.LossReason = "ToItself"       // loopback, and a pod's own address, are never redirected
	BypassInbound  precedence.LossReason = "BypassInbound"  // the pod's annotation lets plaintext in past ztunnel
	NodesOwn       precedence.LossReason = "NodesOwn"       // from the node's own network to a pod of it
	NodeNotKnown   precedence.LossReason = "NodeNotKnown"   // it may be that
	InHBONE        precedence.LossReason = "InHBONE"        // a tunnel always ends at ztunnel
	WithoutZtunnel precedence.LossReason = "WithoutZtunnel" // the pod is not captured
)

// Passage is the way of a connection at one end, and why.
type Passage struct {
	Way Way
	Why precedence.LossReason
	At  mesh.Ref // the field that decides; zero where nothing in the resources does
}

const bypassInbound = "ambient.istio.io/bypass-inbound-capture"

// Outbound reports whether a connection that a program of the pod opens passes the pod's ztunnel. All TCP does but what goes to loopback or
// to the pod's own address (cni/pkg/iptables/iptables.go, AppendInpodRules). The address is the one that is dialled, before kube-proxy.
func Outbound(c Capture, pod *corev1.Pod, to netip.Addr) Passage {
	switch {
	case c.State == NotCaptured:
		return Passage{Around, WithoutZtunnel, c.At}
	case to.IsLoopback() || slices.Contains(mesh.Addresses(pod), to):
		return Passage{Around, ToItself, mesh.PodRef(pod)}
	case c.State == Pending:
		return Passage{Refused, c.Why, c.At}
	}
	return Passage{Through, c.Why, c.At}
}

// Inbound reports whether a connection to the pod passes the pod's ztunnel. A tunnel does: it is addressed to ztunnel. Plaintext is
// redirected to it but for what the pod's annotation lets past, and what comes from the network of the pod's own node, which istio-cni
// marks so that kubelet's probes get through. From is the pod at the other end, nil for one that is no pod of the cluster.
func Inbound(c Capture, pod, from *corev1.Pod, tunnelled bool) Passage {
	switch {
	case c.State == NotCaptured:
		return Passage{Around, WithoutZtunnel, c.At}
	case c.State == Pending:
		return Passage{Refused, c.Why, c.At}
	case tunnelled:
		return Passage{Through, InHBONE, c.At}
	case from == pod:
		return Passage{Around, ToItself, mesh.PodRef(pod)}
	}
	if bypass, err := strconv.ParseBool(pod.Annotations[bypassInbound]); err == nil && bypass {
		return Passage{Around, BypassInbound, mesh.PodRef(pod).At("metadata.annotations[" + bypassInbound + "]")}
	}
	if from != nil && from.Spec.HostNetwork {
		switch {
		case from.Spec.NodeName == "" || pod.Spec.NodeName == "":
			return Passage{Undecided, NodeNotKnown, mesh.PodRef(from).At("spec.nodeName")}
		case from.Spec.NodeName == pod.Spec.NodeName:
			return Passage{Around, NodesOwn, mesh.PodRef(from).At("spec.hostNetwork")}
		}
	}
	return Passage{Through, c.Why, c.At}
}
