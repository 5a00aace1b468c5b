package resolve

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// network delivers what no proxy routes: Kubernetes sends a Service's address to one of its ready endpoints, a pod's address to the
// pod, and anything else leaves the cluster.
func network(s *mesh.Snapshot, f Flow) Result {
	if !f.Unrouted {
		return Result{}
	}
	r := passes(f)
	r.Effect = Routes
	if f.L7 || f.At.Role == ClientSidecar {
		// The proxy sends the bytes on to where they were going, and without retries.
		r.Relay = f.passthroughRelay()
	}
	switch {
	case f.Dial.Self:
		r.Next = []Branch{{deliver(f, f.Pod, f.Dial.IP, f.Dial.Port), 1}}
		r.Next[0].Flow.To = ToApplication
		return r
	case f.Dial.Host != nil && f.Dial.Host.Resolution != mesh.Passthrough && isAddress(f.Dial.Host, f.Dial.IP):
		return kubeProxy(s, f, r)
	}
	pod, gaps := podAt(s, f.Dial.IP)
	r.unread(gaps...)
	r.Note, r.Facts = NoteLeaves, []string{f.dialled()}
	if pod != nil {
		r.Note = NotePodDialled
		r.Resource = mesh.PodRef(pod)
		r.Candidates = []Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Next = []Branch{{deliver(f, pod, f.Dial.IP, f.Dial.Port), 1}}
	return r
}

func isAddress(h *mesh.Host, ip netip.Addr) bool {
	for _, a := range h.Addresses {
		if a == ip.String() {
			return true
		}
	}
	return false
}

func kubeProxy(s *mesh.Snapshot, f Flow, r Result) Result {
	h := f.Dial.Host
	r.Resource, r.Note, r.Facts = h.Ref, NoteKubeProxy, []string{f.dialled()}
	r.Candidates = []Candidate{{Ref: h.Ref, Applies: true}}
	port, ok := h.Port(f.Dial.Port)
	if !ok {
		return f.refuses(r, PortNotServed, h.Ref.At("spec.ports"))
	}
	eps, gaps := s.Endpoints(h, port)
	usable := make([]mesh.Endpoint, 0, len(eps))
	r.Candidates = slices.Grow(r.Candidates, len(eps))
	for _, e := range eps {
		_, err := netip.ParseAddr(e.Address)
		if err != nil || !e.Ready || h.NodeLocal && f.Pod != nil && e.Node != f.Pod.Spec.NodeName {
			continue
		}
		r.Candidates = append(r.Candidates, Candidate{Ref: e.Ref, Applies: true})
		usable = append(usable, e)
	}
	r.unread(gaps...)
	usable = r.known(s, usable)
	if len(usable) == 0 && len(r.Gaps) == 0 {
		return f.refuses(r, NoEndpoints, h.Ref.At("spec.selector"))
	}
	r.Candidates, r.Next = uniqueCandidates(r.Candidates), nil
	for _, group := range groups(s, f, usable) {
		next := f.towards(group[0])
		next.Others = group[1:]
		r.Next = append(r.Next, Branch{next, float64(len(group)) / float64(len(usable))})
	}
	return r
}

// refuses: the kernel of the node refuses the connection, of the client or of its proxy, which makes its own answer of that.
func (f Flow) refuses(r Result, why Reason, at mesh.Ref) Result {
	r.Effect, r.Reason, r.Rejects, r.Next = Rejected, why, True, nil
	r.With = Outcome{Failure: ConnectRefused, Reason: why, By: by(Cause, at)}
	if r.Relay != nil {
		r.With, r.Relay = r.Relay([]Outcome{r.With})[0], nil
	}
	return r
}

// deliver sends a request to a pod's address, or out of the cluster where there is no pod.
func deliver(f Flow, pod *corev1.Pod, ip netip.Addr, port int) Flow {
	f.Target = pod
	f.Wire.IP, f.Wire.Port = ip, port
	f.Wire.Self = pod != nil && f.Pod == pod
	switch mesh.RoleOf(pod) {
	case mesh.SidecarProxy:
		f.To = ToServerSidecar
	case mesh.GatewayProxy:
		f.To = ToGateway
	case mesh.WaypointProxy:
		f.To = ToUnmodelled
	default:
		f.To = ToApplication
		if mesh.Ambient(pod) {
			f.To = ToUnmodelled
		}
	}
	return f
}

// passthroughRelay hands answers back from behind a proxy that sends unknown destinations on: no retries, and no answer of its own to
// what it does not read.
func (f Flow) passthroughRelay() Relay {
	if f.L7 {
		return httpRelay(f, RouteChoice{})
	}
	return tcpRelay(f)
}

func uniqueCandidates(list []Candidate) []Candidate {
	seen := map[mesh.Ref]bool{}
	var out []Candidate
	for _, c := range list {
		if !seen[c.Ref] {
			seen[c.Ref] = true
			out = append(out, c)
		}
	}
	return out
}
