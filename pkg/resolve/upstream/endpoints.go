package upstream

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Endpoints finds where the cluster's proxies can go, one branch for each group of endpoints that cannot differ in what comes of the
// request. Answers from there come back under the route's retry policy.
func Endpoints(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.Cluster == nil || f.To != flow.Nowhere {
		return flow.Result{}
	}
	r := flow.Routing(f)
	r.Next, r.Response = nil, Response(s, f)
	switch {
	case original(f):
		return originalDestination(f, s, r)
	case f.Cluster.Host.Resolution == mesh.DynamicDNS:
		next := f
		next.Wire.IP, next.Wire.Port = netip.Addr{}, f.Cluster.Port.Number
		next.To, next.Endpoint = flow.ToApplication, &mesh.Endpoint{Address: config.StripPort(f.Message.Authority), Port: f.Cluster.Port.Number, Ref: f.Cluster.Host.Ref, Ready: true}
		r.Next = []flow.Branch{{Flow: next, Share: 1}}
		return r
	}
	all, gaps := s.Endpoints(f.Cluster.Host, f.Cluster.Port)
	r.Unread(slices.Concat(gaps, hiddenEntries(f, s))...)
	usable, apart := nearest(&r, s, f, compareEndpoints(&r, s, f, all))
	if apart == (mesh.Gap{}) {
		usable, apart = distributed(&r, s, f, usable)
	}
	switch {
	case len(usable) > 0:
	case len(gaps) > 0:
		r.Resource = f.Cluster.Host.Ref
		return r
	default:
		return noEndpoints(s, f, r, all)
	}
	r.Note, r.Args = flow.NoteEndpoints, []string{strconv.Itoa(len(usable)), strconv.Itoa(len(all))}
	for _, group := range Groups(s, f, usable) {
		share := float64(Weight(group)) / float64(Weight(usable))
		next := Towards(f, group[0])
		next.Others = group[1:]
		if _, err := netip.ParseAddr(group[0].Address); err == nil {
			r.Next = append(r.Next, flow.Branch{Flow: next, Share: share})
			continue
		}
		if done := Named(f, s, &r, next, share); done {
			return r
		}
	}
	if len(r.Next) > 1 && apart != (mesh.Gap{}) {
		r.Reason, r.Gaps = flow.Unread, append(r.Gaps, apart)
		for i := range r.Next {
			r.Next[i].Share = 0
		}
		return r
	}
	return r
}

// Response is how answers come back from where the cluster leads to.
func Response(s *mesh.Snapshot, f flow.Flow) *flow.Response {
	choice := flow.RouteChoice{}
	if f.Route != nil {
		choice = *f.Route
	}
	return f.Responds(s, choice)
}

// compareEndpoints notes of each endpoint whether it can take the request, and returns those that can.
func compareEndpoints(r *flow.Result, s *mesh.Snapshot, f flow.Flow, all []mesh.Endpoint) []mesh.Endpoint {
	usable := make([]mesh.Endpoint, 0, len(all))
	r.Candidates = slices.Grow(r.Candidates, len(all)+1)
	for _, e := range all {
		c := flow.Candidate{Ref: e.Ref, Applies: true, Matches: evidence.True, Checks: fits(f, e)}
		for _, x := range c.Checks {
			c.Matches = evidence.And(c.Matches, x.Is)
		}
		if e.Pod != nil {
			c.Ref = mesh.PodRef(e.Pod)
		}
		r.Candidates = append(r.Candidates, c)
		if c.Matches == evidence.True {
			usable = append(usable, e)
		}
	}
	usable = r.Known(s, usable)
	r.Presumes = flow.PresumesDerived(usable)
	for _, ref := range sources(all) {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: ref, Applies: true})
	}
	return usable
}

// hiddenEntries: a ServiceEntry of a Service's host adds endpoints to it, or stands in its place, if it is in the Service's namespace or
// in the client's own. Another ServiceEntry's host it can replace from wherever it is.
func hiddenEntries(f flow.Flow, s *mesh.Snapshot) []mesh.Gap {
	if !f.Cluster.Host.Kube {
		_, gaps := s.ServiceEntries.All()
		return gaps
	}
	return s.ServiceEntries.Gaps(f.Cluster.Host.Namespace, f.Client.Namespace)
}

// Weight is how much of the requests endpoints take, all in all.
func Weight(eps []mesh.Endpoint) int {
	sum := 0
	for _, e := range eps {
		sum += max(1, e.Weight)
	}
	return sum
}

// sources lists the objects that the endpoints come from.
func sources(eps []mesh.Endpoint) []mesh.Ref {
	var out []mesh.Ref
	for _, e := range eps {
		if !slices.Contains(out, e.Ref) {
			out = append(out, e.Ref)
		}
	}
	return out
}

// original tells a cluster that sends to the address that the client dialled: a headless host for a sidecar, and one whose rule asks
// for it. Gateways look headless hosts up like any other.
func original(f flow.Flow) bool {
	lb := loadBalancer(f.Cluster)
	if lb.GetSimple() == networking.LoadBalancerSettings_PASSTHROUGH {
		return true
	}
	return f.Cluster.Host.Resolution == mesh.Passthrough && f.At.Role == flow.ClientSidecar
}

func originalDestination(f flow.Flow, s *mesh.Snapshot, r flow.Result) flow.Result {
	next := f
	port := f.Dial.Port
	if f.Cluster.Port.TargetPort != 0 && f.Cluster.Host.Resolution == mesh.Passthrough {
		port = f.Cluster.Port.TargetPort
	}
	r.Note = flow.NoteOriginalDestination
	if f.Dial.Outer || f.Dial.Host != nil && isAddress(f.Dial.Host, f.Dial.IP) {
		// The proxy dials the Service's own address; from there on it is Kubernetes' choice.
		next.Dial.Port = port
		return KubeProxy(s, next, r.Response)
	}
	pod, unread := flow.PodAt(s, f.Dial.IP)
	next = Deliver(next, pod, f.Dial.IP, port)
	if next.Target != nil {
		r.Resource = mesh.PodRef(next.Target)
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Next = []flow.Branch{{Flow: next, Share: 1}}
	// The endpoints tell how to wrap what is sent, and which identity to take for the server's.
	_, gaps := s.Endpoints(f.Cluster.Host, f.Cluster.Port)
	r.Unread(slices.Concat(gaps, unread)...)
	return r
}

// fits compares an endpoint with what the cluster asks for.
func fits(f flow.Flow, e mesh.Endpoint) []evidence.Check {
	checks := []evidence.Check{{Comparison: &evidence.Comparison{Field: "ready", Want: []string{"true"}}, Got: strconv.FormatBool(e.Ready), Is: evidence.Of(e.Ready)}}
	if f.Cluster.Host.NodeLocal && f.Pod != nil {
		// The node is the pod's, whatever the slice says; an endpoint without a pod has none and is never local.
		checks = append(checks, evidence.Check{Comparison: &evidence.Comparison{Field: "spec.nodeName", Want: []string{f.Pod.Spec.NodeName}}, Got: e.Node, Is: evidence.Of(e.Pod != nil && e.Node == f.Pod.Spec.NodeName)})
	}
	if sub, ok := f.Cluster.Rule.Rule.Subset(f.Cluster.Subset); ok && f.Cluster.Subset != "" {
		for _, k := range slices.Sorted(maps.Keys(sub.Labels)) {
			got, has := e.Labels[k]
			checks = append(checks, evidence.Check{Comparison: &evidence.Comparison{Field: "metadata.labels[" + k + "]", Want: []string{sub.Labels[k]}}, Got: got, Is: evidence.Of(has && got == sub.Labels[k])})
		}
	}
	return checks
}

// noEndpoints: the cluster exists, and nobody is in it.
func noEndpoints(s *mesh.Snapshot, f flow.Flow, r flow.Result, all []mesh.Endpoint) flow.Result {
	why := flow.NoEndpoints
	h := f.Cluster.Host
	refs := []mesh.Ref{h.Ref.At("spec.selector")}
	if h.Entry != nil {
		refs = []mesh.Ref{h.Ref.At("spec.endpoints")}
	}
	if sub, ok := f.Cluster.Rule.Rule.Subset(f.Cluster.Subset); ok && f.Cluster.Subset != "" && slices.ContainsFunc(all, func(e mesh.Endpoint) bool { return e.Ready }) {
		why, refs = flow.SubsetEmpty, []mesh.Ref{sub.Ref.At(sub.Ref.Field + ".labels"), f.Cluster.From}
	}
	if h.NodeLocal && why == flow.NoEndpoints && slices.ContainsFunc(all, func(e mesh.Endpoint) bool { return e.Ready }) {
		refs = []mesh.Ref{h.Ref.At("spec.internalTrafficPolicy")}
	}
	if at := sharedOut(s, f, r.Candidates); !at.IsZero() {
		refs = []mesh.Ref{at}
	}
	if at := Misnamed(s, &r, h, f.Cluster.Port); !at.IsZero() {
		refs = []mesh.Ref{at}
	}
	o := f.Closed(flow.Outcome{Reason: why})
	o.Failure = flow.NoFailure
	if f.L7 {
		o = f.Replies(503, why, "no_healthy_upstream", "UH")
		o.Body = "no healthy upstream"
		if len(all) == 0 && (h.Resolution == mesh.DNS || h.Resolution == mesh.DNSRoundRobin) {
			// A cluster that resolves names is not even built without one.
			o = f.Replies(503, why, "cluster_not_found", "NC")
		}
	}
	o.By = flow.By(flow.Cause, refs...)
	r.Reject(o)
	r.Resource, r.Args = refs[0], []string{f.Cluster.Name()}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: refs[0], Applies: true})
	if len(r.Gaps) > 0 {
		r.Doubt()
		for _, x := range flow.AnyOutcome() {
			r.OrElse(f.Delayed(x))
		}
	}
	return r
}

// Misnamed is the EndpointSlice by whose ports a Service's port has no endpoints, since none has its name; zero where that is not why. It adds what
// to say of it.
func Misnamed(s *mesh.Snapshot, r *flow.Result, h *mesh.Host, port mesh.Port) mesh.Ref {
	at := s.MisnamedSlice(h, port)
	if !at.IsZero() {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteSlicePortName, Resource: at, Args: []string{h.Ref.String(), strconv.Itoa(port.Number), port.Name}})
	}
	return at
}

// Towards sends the request to an endpoint.
func Towards(f flow.Flow, e mesh.Endpoint) flow.Flow {
	ip, _ := netip.ParseAddr(e.Address)
	f = Deliver(f, e.Pod, ip, e.Port)
	f.Endpoint = &e
	return f
}
