package resolve

import (
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// capture decides whether the client's own proxy is on the way: the pod has one, and the redirection takes the connection.
func capture(s *mesh.Snapshot, f Flow) Result {
	r := passes(f)
	next := f
	next.Unrouted = true
	switch role := mesh.RoleOf(f.Pod); {
	case f.Request.Outside():
		r.Note = NoteClientOutside
	case mesh.Ambient(f.Pod):
		return unmodelled(s, mesh.PodRef(f.Pod).At("metadata.annotations[ambient.istio.io/redirection]"))
	case role == mesh.NoProxy:
		r.Note, r.Resource = NoteClientWithoutSidecar, mesh.PodRef(f.Pod)
	case role != mesh.SidecarProxy:
		r.Note, r.Resource = NoteClientIsGateway, mesh.PodRef(f.Pod)
	case f.Dial.Self && !f.ownListener(s).IsZero():
		return unmodelled(s, f.ownListener(s))
	case f.Dial.Self:
		// Loopback, and the pod's own address from within: the redirection leaves them alone (tools/istio-iptables).
		r.Note, r.Resource = NoteSelfNotCaptured, mesh.PodRef(f.Pod)
		r.unread(precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels).Gaps...) // one of them may open a listener there
	default:
		captured, at := mesh.CapturesOutbound(f.Pod, f.Dial.IP, f.Dial.Port)
		if captured {
			next.Unrouted, next.To, next.Target = false, ToClientSidecar, f.Pod
			r.Effect = Idle
			r.Note, r.Resource = NoteClientCaptured, mesh.PodRef(f.Pod)
		} else {
			r.Note, r.Resource = NoteClientNotCaptured, at
		}
	}
	if !r.Resource.IsZero() {
		r.Candidates = []Candidate{{Ref: r.Resource, Applies: true}}
	}
	if next.Unrouted {
		next.Wire = Wire{Source: f.address(), Chosen: r.Resource, Why: r.Note}
	}
	r.Next[0].Flow = next
	return r
}

// ownListener is the listener that the client's Sidecar opens for programs to dial themselves, if they do (captureMode NONE).
func (f Flow) ownListener(s *mesh.Snapshot) mesh.Ref {
	scope := precedence.ScopeOf(s, f.Pod.Namespace, precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels))
	for _, l := range scope.Listeners {
		bind, _ := netip.ParseAddr(l.Bind)
		if l.NoCapture && int(l.Port.GetNumber()) == f.Dial.Port && (bind == f.Dial.IP || bind.IsUnspecified()) {
			return l.Ref
		}
	}
	return mesh.Ref{}
}

// unmodelled ends the walk at something that is not modelled: anything can come of it.
func unmodelled(s *mesh.Snapshot, at mesh.Ref) Result {
	r := Result{Effect: Maybe, Reason: Unmodelled, Rejects: Unknown, Resource: at, Candidates: []Candidate{{Ref: at, Applies: true}},
		Gaps: []mesh.Gap{{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at}}}
	r.With, r.Might = open(Unmodelled)
	for _, status := range statuses(s) {
		r.Might = append(r.Might, Outcome{Kind: Answered, Status: status, Reason: Unmodelled})
	}
	return r
}

// isGRPC tells a gRPC call by its content type.
func (f Flow) isGRPC() bool {
	t, _ := f.Message.Headers.Get("content-type")
	return t == "application/grpc" || strings.HasPrefix(t, "application/grpc+")
}
