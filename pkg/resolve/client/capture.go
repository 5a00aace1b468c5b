package client

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Capture decides whether the client's own proxy is on the way: the pod has one, and the redirection takes the connection.
func Capture(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.To != flow.Nowhere {
		return flow.Result{} // it is decided already
	}
	r := flow.Pass(f)
	next := f
	next.Passthrough = true
	switch role := mesh.RoleOf(f.Pod); {
	case f.Request.Kubelet:
		r.Note, r.Notes = flow.NoteClientKubelet, notRewritten(s, f)
	case f.Request.Outside():
		r.Note = flow.NoteClientOutside
	case role == mesh.NoProxy && f.Pod.Spec.HostNetwork:
		// The injector leaves such pods alone (pkg/kube/inject/inject.go, injectRequired).
		r.Note, r.Resource = flow.NoteClientOnHostNetwork, mesh.PodRef(f.Pod).At("spec.hostNetwork")
	case role == mesh.NoProxy:
		r.Note, r.Resource = without(s, f.Pod)
	case role != mesh.SidecarProxy:
		r.Note, r.Resource = flow.NoteClientIsGateway, mesh.PodRef(f.Pod)
	case f.Dial.Self && !ownListener(f, s).IsZero():
		return flow.NotModelled(s, ownListener(f, s))
	case f.Dial.Self:
		// Loopback, and the pod's own address from within: the redirection leaves them alone (tools/istio-iptables).
		r.Note, r.Resource = flow.NoteSelfNotCaptured, mesh.PodRef(f.Pod)
		r.Unread(precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels).Gaps...) // one of them may open a listener there
	default:
		captured, at := s.Config.CapturesOutbound(f.Pod, f.Dial.IP, f.Dial.Port)
		if some, all := mesh.RunsAsProxy(f.Pod); captured && !some.IsZero() && !all {
			return byProgram(f, some)
		}
		if captured {
			next = taken(f)
			r = flow.NothingApplies(f)
			r.Note, r.Resource = flow.NoteClientCaptured, mesh.PodRef(f.Pod)
		} else {
			r.Note, r.Resource, r.Args = flow.NoteClientNotCaptured, at, []string{at.Field}
		}
	}
	if !r.Resource.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	if next.Passthrough {
		next.Wire = flow.Wire{Source: f.Address(), Chosen: r.Resource, Why: r.Note}
	}
	r.Next[0].Flow = next
	return r
}

const rewriteProbers = "sidecar.istio.io/rewriteAppHTTPProbers"

// notRewritten notes a probe that kubelet sends to the application itself, although the pod has a proxy: the injector did not take it over, as it does
// unless sidecar.istio.io/rewriteAppHTTPProbers says otherwise, or where another webhook added the container later
// (pkg/kube/inject/app_probe.go).
func notRewritten(s *mesh.Snapshot, f flow.Flow) []flow.Finding {
	pod := s.PodAt(f.Dial.IP.String())
	if mesh.RoleOf(pod) != mesh.SidecarProxy || agent.PortOf(pod, f.Dial.Port) != agent.None {
		return nil
	}
	for _, p := range agent.Probes(pod) {
		if p.Port == f.Dial.Port && (p.Path == f.Request.Path || !p.HTTP) {
			at := mesh.PodRef(pod).At("spec.containers[" + p.Container + "]." + p.Name)
			if pod.Annotations[rewriteProbers] != "" {
				at = mesh.PodRef(pod).At("metadata.annotations[" + rewriteProbers + "]")
			}
			return []flow.Finding{{Code: flow.NoteProbeNotRewritten, Resource: at, Args: []string{p.Name, p.Container}}}
		}
	}
	return nil
}

// without is why a pod has no proxy: labels ask for none, or for ambient mode, which it is not in.
func without(s *mesh.Snapshot, pod *corev1.Pod) (flow.Note, mesh.Ref) {
	switch c := capture.Of(s, pod); {
	case c.Why == capture.NotEnrolled:
		return flow.NoteClientNotEnrolled, mesh.PodRef(pod)
	case capture.KeptOut(s, pod):
		return flow.NoteClientOptedOut, c.At
	}
	return flow.NoteClientWithoutSidecar, mesh.PodRef(pod)
}

// taken is the way through the client's own proxy.
func taken(f flow.Flow) flow.Flow {
	f.Passthrough, f.To, f.Target = false, flow.ToClientSidecar, f.Pod
	f.Wire = flow.Wire{Source: f.Address()}
	return f
}

// byProgram: some programs of the pod run as the proxy's user and are not captured, others are. Nobody said which of them sends.
func byProgram(f flow.Flow, at mesh.Ref) flow.Result {
	past := f
	past.Passthrough = true
	past.Wire = flow.Wire{Source: f.Address(), Chosen: at, Why: flow.NoteClientNotCaptured}
	r := flow.Pass(f)
	r.Resource, r.Note = at, flow.NoteClientMayBeCaptured
	r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
	r.Gaps = []mesh.Gap{{Kind: mesh.Pod, Namespace: f.Pod.Namespace, Cause: mesh.External, Resource: at}}
	r.Next = []flow.Branch{{Flow: taken(f)}, {Flow: past}}
	return r
}

// ownListener is the listener that the client's Sidecar opens for programs to dial themselves, if they do (captureMode NONE).
func ownListener(f flow.Flow, s *mesh.Snapshot) mesh.Ref {
	scope := routing.ScopeOf(s, f.Pod.Namespace, precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels))
	for _, l := range scope.Listeners {
		bind, _ := netip.ParseAddr(l.Bind)
		if l.NoCapture && int(l.Port.GetNumber()) == f.Dial.Port && (bind == f.Dial.IP || bind.IsUnspecified()) {
			return l.Ref
		}
	}
	return mesh.Ref{}
}
