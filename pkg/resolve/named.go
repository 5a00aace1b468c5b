package resolve

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// named follows an endpoint that is a name, which the proxy resolves itself: one of the cluster leads to its Service, another one out of
// the cluster. It is done where the request can go nowhere.
func (f Flow) named(s *mesh.Snapshot, r *Result, next Flow, share float64) (done bool) {
	name := next.Endpoint.Address
	targets, found, gaps := Lookup(s, f.namespace(), false, name, next.Endpoint.Port)
	r.unread(gaps...)
	switch {
	case !found && len(gaps) > 0:
		r.Next = nil
		return true
	case !found:
		*r = f.unresolved(*r, next.Endpoint.Ref)
		return true
	case targets[0].IP.IsValid():
		for _, t := range targets {
			way := next
			way.Dial, way.Endpoint = t, nil
			if t.Host == nil || !isAddress(t.Host, t.IP) {
				pod, gaps := podAt(s, t.IP)
				r.unread(gaps...)
				way = deliver(way, pod, t.IP, t.Port)
				r.Next = append(r.Next, Branch{way, share / float64(len(targets))})
				continue
			}
			k := kubeProxy(s, way, Result{Effect: Routes, Rejects: False, Relay: r.Relay})
			r.unread(k.Gaps...)
			r.Candidates = append(r.Candidates, k.Candidates...)
			if k.Rejects == True {
				k.Candidates = r.Candidates
				*r = k
				return true
			}
			for _, b := range k.Next {
				r.Next = append(r.Next, Branch{b.Flow, share * b.Share / float64(len(targets))})
			}
		}
	default:
		r.Next = append(r.Next, Branch{next, share})
		if f.doubtful(name) {
			u := f.unresolved(*r, next.Endpoint.Ref)
			r.Effect, r.Rejects, r.Reason, r.With = Maybe, Unknown, NameNotResolved, u.With
			r.Gaps = append(r.Gaps, mesh.Gap{Kind: next.Endpoint.Ref.Kind, Namespace: next.Endpoint.Ref.Namespace, Cause: mesh.External, Resource: next.Endpoint.Ref})
		}
	}
	return false
}

func (f Flow) namespace() string {
	if f.Pod == nil {
		return ""
	}
	return f.Pod.Namespace
}

// unresolved: a name without an address leaves the cluster empty.
func (f Flow) unresolved(r Result, at mesh.Ref) Result {
	o := f.closed(Outcome{Reason: NameNotResolved})
	o.Failure = NoFailure
	if f.L7 {
		o = f.replies(503, NameNotResolved, "no_healthy_upstream", "UH")
		o.Body = "no healthy upstream"
	}
	o.By = by(Cause, at)
	r.Effect, r.Reason, r.Rejects, r.With, r.Resource, r.Next = Rejected, NameNotResolved, True, o, at, nil
	return r
}

// doubtful tells a name that may well not resolve: one under a domain that is reserved for tests, unless the client itself dialled it.
func (f Flow) doubtful(name string) bool {
	if f.Request.Via == nil && f.Request.Host == name {
		return false
	}
	for _, tld := range []string{".test", ".invalid", ".example", ".localhost"} {
		if strings.HasSuffix(name, tld) {
			return true
		}
	}
	return false
}
