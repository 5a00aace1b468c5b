package resolve

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// endpoints finds where the cluster's proxies can go, one branch for each group of endpoints that cannot differ in what comes of the
// request. Answers from there come back under the route's retry policy.
func endpoints(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted || f.Cluster == nil {
		return Result{}
	}
	r := passes(f)
	r.Effect, r.Next = Routes, nil
	r.Relay = tcpRelay(f)
	if f.L7 {
		choice := RouteChoice{}
		if f.Route != nil {
			choice = *f.Route
		}
		r.Relay = httpRelay(f, choice)
	}
	switch {
	case f.original():
		return f.originalDestination(s, r)
	case f.Cluster.Host.Resolution == mesh.DynamicDNS:
		next := f
		next.Wire.IP, next.Wire.Port = netip.Addr{}, f.Cluster.Port.Number
		next.To, next.Endpoint = ToApplication, &mesh.Endpoint{Address: precedence.StripPort(f.Message.Authority), Port: f.Cluster.Port.Number, Ref: f.Cluster.Host.Ref, Ready: true}
		r.Next = []Branch{{next, 1}}
		return r
	}
	all, gaps := s.Endpoints(f.Cluster.Host, f.Cluster.Port)
	r.unread(slices.Concat(gaps, f.hiddenEntries(s))...)
	usable := make([]mesh.Endpoint, 0, len(all))
	r.Candidates = slices.Grow(r.Candidates, len(all)+1)
	for _, e := range all {
		c := Candidate{Ref: e.Ref, Applies: true, Matches: True, Checks: f.fits(e)}
		for _, x := range c.Checks {
			c.Matches = And(c.Matches, x.Is)
		}
		if e.Pod != nil {
			c.Ref = mesh.PodRef(e.Pod)
		}
		r.Candidates = append(r.Candidates, c)
		if c.Matches == True {
			usable = append(usable, e)
		}
	}
	usable = r.known(s, usable)
	for _, ref := range sources(all) {
		r.Candidates = append(r.Candidates, Candidate{Ref: ref, Applies: true})
	}
	switch {
	case len(usable) > 0:
	case len(gaps) > 0:
		r.Resource = f.Cluster.Host.Ref
		return r
	default:
		return f.noEndpoints(r, all)
	}
	for _, group := range groups(s, f, usable) {
		share := float64(weight(group)) / float64(weight(usable))
		next := f.towards(group[0])
		next.Others = group[1:]
		if _, err := netip.ParseAddr(group[0].Address); err == nil {
			r.Next = append(r.Next, Branch{next, share})
			continue
		}
		if done := f.named(s, &r, next, share); done {
			return r
		}
	}
	r.Note, r.Facts = NoteEndpoints, []string{strconv.Itoa(len(usable)), strconv.Itoa(len(all))}
	return r
}

// hiddenEntries: a ServiceEntry of a Service's host adds endpoints to it, or stands in its place, if it is in the Service's namespace or
// in the client's own. Another ServiceEntry's host it can replace from wherever it is.
func (f Flow) hiddenEntries(s *mesh.Snapshot) []mesh.Gap {
	if !f.Cluster.Host.Kube {
		_, gaps := s.ServiceEntries.All()
		return gaps
	}
	return s.ServiceEntries.Gaps(f.Cluster.Host.Namespace, f.Client.Namespace)
}

// weight is how much of the requests endpoints take, all in all.
func weight(eps []mesh.Endpoint) int {
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
func (f Flow) original() bool {
	lb := loadBalancer(f.Cluster)
	if lb.GetSimple() == networking.LoadBalancerSettings_PASSTHROUGH {
		return true
	}
	return f.Cluster.Host.Resolution == mesh.Passthrough && f.At.Role == ClientSidecar
}

func (f Flow) originalDestination(s *mesh.Snapshot, r Result) Result {
	next := f
	port := f.Dial.Port
	if f.Cluster.Port.TargetPort != 0 && f.Cluster.Host.Resolution == mesh.Passthrough {
		port = f.Cluster.Port.TargetPort
	}
	r.Note = NoteOriginalDestination
	if f.Dial.Host != nil && isAddress(f.Dial.Host, f.Dial.IP) {
		// The proxy dials the Service's own address; from there on it is Kubernetes' choice.
		next.Dial.Port = port
		k := kubeProxy(s, next, Result{Effect: Routes, Rejects: False, Relay: r.Relay, Note: r.Note})
		return k
	}
	pod, unread := podAt(s, f.Dial.IP)
	next = deliver(next, pod, f.Dial.IP, port)
	if next.Target != nil {
		r.Resource = mesh.PodRef(next.Target)
		r.Candidates = []Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Next = []Branch{{next, 1}}
	// The endpoints tell how to wrap what is sent, and which identity to take for the server's.
	_, gaps := s.Endpoints(f.Cluster.Host, f.Cluster.Port)
	r.unread(slices.Concat(gaps, unread)...)
	return r
}

// fits compares an endpoint with what the cluster asks for.
func (f Flow) fits(e mesh.Endpoint) []Check {
	checks := []Check{{Comparison: &Comparison{Field: "ready", Want: []string{"true"}}, Got: strconv.FormatBool(e.Ready), Is: Of(e.Ready)}}
	if f.Cluster.Host.NodeLocal && f.Pod != nil {
		// The node is the pod's, whatever the slice says; an endpoint without a pod has none and is never local.
		checks = append(checks, Check{Comparison: &Comparison{Field: "spec.nodeName", Want: []string{f.Pod.Spec.NodeName}}, Got: e.Node, Is: Of(e.Pod != nil && e.Node == f.Pod.Spec.NodeName)})
	}
	if sub, ok := f.Cluster.Rule.Rule.Subset(f.Cluster.Subset); ok && f.Cluster.Subset != "" {
		for _, k := range slices.Sorted(maps.Keys(sub.Labels)) {
			got, has := e.Labels[k]
			checks = append(checks, Check{Comparison: &Comparison{Field: "metadata.labels[" + k + "]", Want: []string{sub.Labels[k]}}, Got: got, Is: Of(has && got == sub.Labels[k])})
		}
	}
	return checks
}

// noEndpoints: the cluster exists, and nobody is in it.
func (f Flow) noEndpoints(r Result, all []mesh.Endpoint) Result {
	why := NoEndpoints
	h := f.Cluster.Host
	refs := []mesh.Ref{h.Ref.At("spec.selector")}
	if h.Entry != nil {
		refs = []mesh.Ref{h.Ref.At("spec.endpoints")}
	}
	if sub, ok := f.Cluster.Rule.Rule.Subset(f.Cluster.Subset); ok && f.Cluster.Subset != "" && slices.ContainsFunc(all, func(e mesh.Endpoint) bool { return e.Ready }) {
		why, refs = SubsetEmpty, []mesh.Ref{sub.Ref.At(sub.Ref.Field + ".labels"), f.Cluster.From}
	}
	if h.NodeLocal && why == NoEndpoints && slices.ContainsFunc(all, func(e mesh.Endpoint) bool { return e.Ready }) {
		refs = []mesh.Ref{h.Ref.At("spec.internalTrafficPolicy")}
	}
	o := f.closed(Outcome{Reason: why})
	o.Failure = NoFailure
	if f.L7 {
		o = f.replies(503, why, "no_healthy_upstream", "UH")
		o.Body = "no healthy upstream"
		if len(all) == 0 && (h.Resolution == mesh.DNS || h.Resolution == mesh.DNSRoundRobin) {
			// A cluster that resolves names is not even built without one.
			o = f.replies(503, why, "cluster_not_found", "NC")
		}
	}
	o.By = by(Cause, refs...)
	r.Effect, r.Reason, r.Rejects, r.With, r.Resource = Rejected, why, True, o, refs[0]
	r.Facts = []string{f.Cluster.name()}
	r.Candidates = append(r.Candidates, Candidate{Ref: refs[0], Applies: true})
	if len(r.Gaps) > 0 {
		r.Effect, r.Rejects = Maybe, Unknown
		for _, x := range anyOutcome() {
			r.Might = append(r.Might, f.delayed(x))
		}
	}
	return r
}

// towards sends the request to an endpoint.
func (f Flow) towards(e mesh.Endpoint) Flow {
	ip, _ := netip.ParseAddr(e.Address)
	f = deliver(f, e.Pod, ip, e.Port)
	f.Endpoint = &e
	return f
}
