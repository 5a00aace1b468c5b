package flow

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// NotModelled ends the walk at something that is not modelled: anything can come of it.
func NotModelled(s *mesh.Snapshot, at mesh.Ref) Result {
	r := Result{Passing: Passes, Resource: at, Candidates: []Candidate{{Ref: at, Applies: true}},
		Gaps: []mesh.Gap{{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at}}}
	first, others := Open(Unmodelled)
	r.MayReject(first, others...)
	for _, status := range statuses(s) {
		r.OrElse(Outcome{Kind: Answered, Status: status, Reason: Unmodelled})
	}
	return r
}

// Open is every kind of answer, for where nothing is known: the first of them, and the others.
func Open(why Reason) (Outcome, []Outcome) {
	return Outcome{Kind: Reaches, Reason: why}, []Outcome{
		{Kind: Answered, Reason: why}, {Kind: Reset, CurlExit: 56, Reason: why}, {Kind: TLSFailure, CurlExit: 35, Reason: why},
		{Kind: Refused, CurlExit: 7, Reason: why}, {Kind: Timeout, CurlExit: 28, Reason: why}}
}

// AnyOutcome is every kind of answer, for where nothing was read.
func AnyOutcome() []Outcome {
	first, others := Open(Unread)
	return append([]Outcome{first}, others...)
}

// AnyAnswer is what can come of a request that something hidden may route elsewhere, or change.
func AnyAnswer() []Outcome {
	return []Outcome{{Kind: Reaches, Reason: Unread}, {Kind: Answered, Reason: Unread}}
}

// Gaps are the gaps behind what is not known of the request.
func (f Flow) Gaps(because evidence.Causes) []mesh.Gap {
	var out []mesh.Gap
	if because.Has(evidence.Token) {
		out = append(out, f.Token.Gaps...)
	}
	if because.Has(evidence.Headers) {
		out = append(out, f.Message.HiddenGaps()...)
	}
	if at := f.Concealed; because.Has(evidence.Address) && !at.IsZero() {
		out = append(out, mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.External, Resource: at})
	} else if because.Has(evidence.Address) {
		out = append(out, mesh.Gap{Kind: mesh.Pod, Cause: mesh.External, Detail: "--source-ip"})
	}
	return out
}

// Unread leaves everything possible, if there are gaps: what they hide could lead to any answer.
func (r *Result) Unread(gaps ...mesh.Gap) {
	if len(gaps) == 0 {
		return
	}
	r.Gaps = UniqueGaps(slices.Concat(r.Gaps, gaps))
	r.Passing = cmp.Or(r.Passing, Passes)
	first, others := Open(Unread)
	r.MayReject(first, others...)
}

// PodAt finds the pod that has an address. Where there is none it may be that of a pod which nobody could read.
func PodAt(s *mesh.Snapshot, ip netip.Addr) (*corev1.Pod, []mesh.Gap) {
	pod := s.PodAt(ip.String())
	if pod != nil || !ip.IsValid() || ip.IsLoopback() {
		return pod, nil
	}
	_, gaps := s.Pods.All()
	return nil, gaps
}

// IsAPIServer tells the Service of the cluster's own API server, whose addresses are those of no pod of a mesh.
func IsAPIServer(service mesh.Ref) bool {
	return service.Namespace == "default" && service.Name == "kubernetes"
}

// Known leaves out the endpoints of pods that nobody could read; addresses without a pod may be those of such pods too.
func (r *Result) Known(s *mesh.Snapshot, eps []mesh.Endpoint) []mesh.Endpoint {
	var gaps []mesh.Gap
	for _, e := range eps {
		if ip, err := netip.ParseAddr(e.Address); err == nil && (e.Pod == nil || mesh.Machine(e.Pod)) && !e.Unread && !IsAPIServer(e.Host) {
			_, hidden := PodAt(s, ip)
			gaps = append(gaps, hidden...)
		}
	}
	r.Unread(gaps...)
	return slices.DeleteFunc(eps, func(e mesh.Endpoint) bool { return e.Unread })
}
