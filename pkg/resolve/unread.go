package resolve

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// open is every kind of answer, for where nothing is known: the first of them, and the others.
func open(why Reason) (Outcome, []Outcome) {
	return Outcome{Kind: Reaches, Reason: why}, []Outcome{
		{Kind: Answered, Reason: why}, {Kind: Reset, CurlExit: 56, Reason: why}, {Kind: TLSFailure, CurlExit: 35, Reason: why},
		{Kind: Refused, CurlExit: 7, Reason: why}, {Kind: Timeout, CurlExit: 28, Reason: why}}
}

// anyOutcome is every kind of answer, for where nothing was read.
func anyOutcome() []Outcome {
	first, others := open(Unread)
	return append([]Outcome{first}, others...)
}

// anyAnswer is what can come of a request that something hidden may route elsewhere, or change.
func anyAnswer() []Outcome {
	return []Outcome{{Kind: Reaches, Reason: Unread}, {Kind: Answered, Reason: Unread}}
}

// unread leaves everything possible, if there are gaps: what they hide could lead to any answer.
func (r *Result) unread(gaps ...mesh.Gap) {
	if len(gaps) == 0 {
		return
	}
	r.Gaps = uniqueGaps(slices.Concat(r.Gaps, gaps))
	r.Effect, r.Rejects, r.Reason = Maybe, Unknown, Unread
	r.With, r.Might = open(Unread)
}

// podAt finds the pod that has an address. Where there is none it may be that of a pod which nobody could read.
func podAt(s *mesh.Snapshot, ip netip.Addr) (*corev1.Pod, []mesh.Gap) {
	pod := s.PodAt(ip.String())
	if pod != nil || !ip.IsValid() || ip.IsLoopback() {
		return pod, nil
	}
	_, gaps := s.Pods.All()
	return nil, gaps
}

// isAPIServer tells the Service of the cluster's own API server, whose addresses are those of no pod of a mesh.
func isAPIServer(service mesh.Ref) bool {
	return service.Namespace == "default" && service.Name == "kubernetes"
}

// known leaves out the endpoints of pods that nobody could read; addresses without a pod may be those of such pods too.
func (r *Result) known(s *mesh.Snapshot, eps []mesh.Endpoint) []mesh.Endpoint {
	var gaps []mesh.Gap
	for _, e := range eps {
		if ip, err := netip.ParseAddr(e.Address); err == nil && e.Pod == nil && !e.Unread && !isAPIServer(e.Host) {
			_, hidden := podAt(s, ip)
			gaps = append(gaps, hidden...)
		}
	}
	r.unread(gaps...)
	return slices.DeleteFunc(eps, func(e mesh.Endpoint) bool { return e.Unread })
}
