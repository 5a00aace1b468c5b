package upstream

import (
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Named follows an endpoint that is a name, which the proxy resolves itself: one of the cluster leads to its Service, another one out of
// the cluster. It is done where the request can go nowhere.
func Named(f flow.Flow, s *mesh.Snapshot, r *flow.Result, next flow.Flow, share float64) (done bool) {
	name := next.Endpoint.Address
	targets, found, gaps := dns.Lookup(s, f.Namespace(), false, name, next.Endpoint.Port)
	r.Unread(gaps...)
	switch {
	case !found && len(gaps) > 0:
		r.Next = nil
		return true
	case !found:
		r.Reject(unresolved(f, name, append([]mesh.Ref{next.Endpoint.Ref}, dns.Circle(s, f.Namespace(), name)...)...))
		r.Resource, r.Next = next.Endpoint.Ref, nil
		return true
	case targets[0].IP.IsValid():
		for _, t := range targets {
			way := next
			way.Dial, way.Endpoint = t, nil
			if t.Host == nil || !isAddress(t.Host, t.IP) {
				pod, gaps := flow.PodAt(s, t.IP)
				r.Unread(gaps...)
				way = Deliver(way, pod, t.IP, t.Port)
				r.Next = append(r.Next, flow.Branch{Flow: way, Share: share / float64(len(targets))})
				continue
			}
			k := KubeProxy(s, way, r.Response)
			r.Unread(k.Gaps...)
			r.Candidates = append(r.Candidates, k.Candidates...)
			if k.Rejects() == evidence.True {
				k.Candidates = r.Candidates
				*r = k
				return true
			}
			for _, b := range k.Next {
				r.Next = append(r.Next, flow.Branch{Flow: b.Flow, Share: share * b.Share / float64(len(targets))})
			}
		}
	default:
		r.Next = append(r.Next, flow.Branch{Flow: next, Share: share})
		if doubtful(f, name) {
			r.MayReject(unresolved(f, name, next.Endpoint.Ref))
			r.Gaps = append(r.Gaps, mesh.Gap{Kind: next.Endpoint.Ref.Kind, Namespace: next.Endpoint.Ref.Namespace, Cause: mesh.External, Resource: next.Endpoint.Ref})
		}
	}
	return false
}

// unresolved: a name without an address leaves the cluster empty.
func unresolved(f flow.Flow, name string, by ...mesh.Ref) flow.Outcome {
	o := f.Closed(flow.Outcome{Reason: flow.NameNotResolved})
	o.Failure = flow.NoFailure
	if f.L7 {
		o = f.Replies(503, flow.NameNotResolved, "no_healthy_upstream", "UH")
		o.Body = "no healthy upstream"
	}
	o.Args, o.By = []string{name}, flow.By(flow.Cause, by...)
	return o
}

// doubtful reports whether a name may well not resolve: one under a domain that is reserved for tests, unless the client itself dialled it.
func doubtful(f flow.Flow, name string) bool {
	return (f.Request.Via != nil || f.Request.Host != name) && dns.Unresolved(name)
}
