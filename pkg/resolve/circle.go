package resolve

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Bounds of a way through the mesh. A VirtualService can send a request back to a gateway that had it before, with many ways on each time.
const (
	maxHops    = 12  // parties on one way
	maxReturns = 256 // times that requests come to a party again, on all ways together
)

// trail is where a request has been, the last party first.
type trail struct {
	up      *trail
	party   flow.Party
	in      flow.Place // how it came in: the ztunnel of a pod that calls itself is on both sides
	message flow.Message
	port    int
	hops    int
	returns *int // how often a request came to a party again, on all ways of a walk
}

// enters adds a party to the trail. It is not ok where the request goes round in circles: it comes as it came before, or has come to parties
// again too often, or has been on its way for too long.
func (t *trail) enters(f flow.Flow) (next *trail, ok bool) {
	next = &trail{up: t, party: f.At, in: f.In, message: f.Message, port: f.Dial.Port, hops: t.hops + 1, returns: t.returns}
	if t.hops >= maxHops {
		return next, false
	}
	for before := t; before != nil; before = before.up {
		if before.party != f.At || before.in != f.In || f.At.Role == flow.Application {
			continue
		}
		*t.returns++
		return next, *t.returns <= maxReturns && (before.port != next.port || !alike(before.message, next.message))
	}
	return next, true
}

func alike(a, b flow.Message) bool {
	return a.Method == b.Method && a.Authority == b.Authority && a.Path == b.Path && a.Decrypted == b.Decrypted && a.HTTP2 == b.HTTP2 && slices.Equal(a.Headers, b.Headers)
}

// circle is the result with which a way ends that goes round in circles. Who gives up first is not in the resources; the application is not
// reached.
func (t *trail) circle(f flow.Flow) flow.Result {
	var names []string
	for p := t; p != nil && p.party.Name != ""; p = p.up {
		names = append(names, p.party.Namespace+"/"+p.party.Name)
		if p != t && p.party == t.party && p.in == t.in {
			break
		}
	}
	slices.Reverse(names)
	r := flow.Result{Stage: "circle", Passing: flow.Passes}
	if f.Route != nil && f.Route.Route != nil {
		r.Resource = f.Route.Route.Ref
	} else if f.Cluster != nil {
		r.Resource = f.Cluster.From
	}
	o := flow.Outcome{Kind: flow.Timeout, CurlExit: 28, Reason: flow.InCircles}
	if !r.Resource.IsZero() {
		o.By = flow.By(flow.Cause, r.Resource)
	}
	other := o
	other.Kind, other.CurlExit = flow.Answered, 0
	r.MayReject(o, other)
	r.Args = []string{strings.Join(names, " -> ")}
	r.Gaps = []mesh.Gap{{Kind: r.Resource.Kind, Namespace: r.Resource.Namespace, Cause: mesh.Unsupported, Resource: r.Resource}}
	return r
}
