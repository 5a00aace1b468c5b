package upstream

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Network delivers what no proxy routes: Kubernetes sends a Service's address to one of its ready endpoints, a pod's address to the
// pod, and anything else leaves the cluster.
func Network(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !f.Passthrough {
		return flow.Result{}
	}
	r := flow.Routing(f)
	if f.L7 || f.At.Role == flow.ClientSidecar {
		// The proxy sends the bytes on to where they were going, and without retries.
		r.Response = f.Responds(s, flow.RouteChoice{})
	}
	switch {
	case f.Dial.Self:
		r.Next = []flow.Branch{{Flow: Deliver(f, f.Pod, f.Dial.IP, f.Dial.Port), Share: 1}}
		if r.Next[0].Flow.To = flow.ToApplication; agent.PortOf(f.Pod, f.Dial.Port) != agent.None {
			r.Next[0].Flow.To = flow.ToAgent
		}
		return r
	case f.Dial.Outer, f.Dial.Host != nil && f.Dial.Host.Resolution != mesh.Passthrough && isAddress(f.Dial.Host, f.Dial.IP):
		return KubeProxy(s, f, r.Response)
	}
	pod, gaps := flow.PodAt(s, f.Dial.IP)
	r.Unread(gaps...)
	r.Note, r.Args = flow.NoteLeaves, []string{f.Dial.String()}
	if pod != nil {
		r.Note = flow.NotePodDialled
		r.Resource = mesh.PodRef(pod)
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Next = []flow.Branch{{Flow: Deliver(f, pod, f.Dial.IP, f.Dial.Port), Share: 1}}
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

// fromOutside: unless externalTrafficPolicy is Local, kube-proxy puts an address of its node in the place of the client's, so that it gets the
// answers to see (Kubernetes, Virtual IPs and Service Proxies, Traffic policies).
func fromOutside(f flow.Flow, r *flow.Result) flow.Flow {
	h := f.Dial.Host
	if h.Conceals() || !f.Dial.IP.IsValid() && f.Pod != nil {
		f.Wire.Source, f.Concealed = netip.Addr{}, h.Ref.At("spec.externalTrafficPolicy")
	}
	if !isAddress(h, f.Dial.IP) {
		r.Note = flow.NoteOuterAddress
	}
	return f
}

// KubeProxy sends on a connection to an address of a Service as Kubernetes does. Answers come back as response says, if at all through a proxy.
func KubeProxy(s *mesh.Snapshot, f flow.Flow, response *flow.Response) flow.Result {
	h, r := f.Dial.Host, flow.Routing(f)
	r.Response = response
	r.Resource, r.Note, r.Args = h.Ref, flow.NoteKubeProxy, []string{f.Dial.String()}
	r.Candidates = []flow.Candidate{{Ref: h.Ref, Applies: true}}
	if f.Dial.Outer {
		f = fromOutside(f, &r)
	}
	port, ok := h.Port(f.Dial.HostPort())
	if !ok {
		r.Args = append(r.Args, h.PortList())
		return refuses(r, flow.PortNotServed, h.Ref.At("spec.ports"))
	}
	eps, gaps := s.Endpoints(h, port)
	gaps = slices.DeleteFunc(slices.Clone(gaps), func(g mesh.Gap) bool { return g.Kind == mesh.WorkloadEntry }) // kube-proxy knows none of them
	usable := make([]mesh.Endpoint, 0, len(eps))
	r.Candidates = slices.Grow(r.Candidates, len(eps))
	for _, e := range eps {
		_, err := netip.ParseAddr(e.Address)
		if err != nil || !e.Ready || e.Ref.Kind == mesh.WorkloadEntry || !local(f, e) || h.NodeLocal && f.Pod != nil && e.Node != f.Pod.Spec.NodeName {
			continue
		}
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: e.Ref, Applies: true})
		usable = append(usable, e)
	}
	r.Unread(gaps...)
	usable = r.Known(s, usable)
	r.Presumes = flow.PresumesDerived(usable)
	if f.Dial.Node != "" && !h.Conceals() && len(usable) == 0 && len(r.Gaps) == 0 && r.Response == nil && slices.ContainsFunc(eps, func(e mesh.Endpoint) bool { return e.Ready }) {
		return dropped(r, h.Ref.At("spec.externalTrafficPolicy"))
	}
	if len(usable) == 0 && len(r.Gaps) == 0 {
		return refuses(r, flow.NoEndpoints, cmp.Or(Misnamed(s, &r, h, port), h.Ref.At("spec.selector")))
	}
	r.Candidates, r.Next = flow.UniqueCandidates(r.Candidates), nil
	for _, group := range Groups(s, f, usable) {
		next := Towards(f, group[0])
		next.Others = group[1:]
		r.Next = append(r.Next, flow.Branch{Flow: next, Share: float64(len(group)) / float64(len(usable))})
	}
	return r
}

// local reports whether externalTrafficPolicy lets a node that was dialled hand on to an endpoint: with Local, to one that runs there.
func local(f flow.Flow, e mesh.Endpoint) bool {
	svc := f.Dial.Host.Service
	return f.Dial.Node == "" || svc == nil || svc.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal || e.Node == f.Dial.Node
}

// refuses: the kernel of the node refuses the connection, of the client or of its proxy, which makes its own answer of that.
func refuses(r flow.Result, why flow.Reason, at mesh.Ref) flow.Result {
	o := flow.Outcome{Failure: flow.ConnectRefused, Reason: why, By: flow.By(flow.Cause, at)}
	if r.Response != nil {
		o, r.Response = verdict.HandBack(r.Response, []flow.Outcome{o})[0], nil
	}
	r.Reject(o)
	r.Next = nil
	return r
}

// dropped: with externalTrafficPolicy Local a node without an endpoint of its own drops what comes from outside.
func dropped(r flow.Result, at mesh.Ref) flow.Result {
	r.Reject(flow.Outcome{Kind: flow.Timeout, CurlExit: 28, Reason: flow.NoLocalEndpoint, Args: []string{at.Object().String()}, By: flow.By(flow.Cause, at)})
	r.Next, r.Resource, r.Args = nil, at, []string{at.Object().String()}
	return r
}

// Deliver sends a request to a pod's address, or out of the cluster where there is no pod.
func Deliver(f flow.Flow, pod *corev1.Pod, ip netip.Addr, port int) flow.Flow {
	f.Target = pod
	f.Wire.IP, f.Wire.Port, f.Wire.From = ip, port, f.Pod
	f.Wire.Self = pod != nil && f.Pod == pod
	f.To = flow.PlaceOf(pod, port)
	return f
}
