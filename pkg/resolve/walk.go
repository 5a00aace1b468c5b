package resolve

import (
	"slices"
	"sync"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Node is a stretch of the way: stages of one party, one after the other, up to where the request ends, splits, or goes on to the next
// party.
type Node struct {
	Party   Party
	Role    Role
	Flow    Flow // as it came in
	Left    Flow // as it went on; the sees of the contract are taken from here
	Results []Result
	Split   []Fork // where it splits within the party
	Down    *Node  // the next party
	Relay   Relay  // how answers come back through the party from behind this stretch; nil for no change
}

// Fork is one of several ways on.
type Fork struct {
	Share float64 // 0 where it is not known which way it goes
	Node  *Node
}

// maxHops ends requests that go round in circles, as a VirtualService can make them by way of gateways.
const maxHops = 12

// Run walks a request through the mesh.
func Run(s *mesh.Snapshot, r *Request) *Node {
	f := Flow{Request: r, Message: Message{Method: r.Method, Authority: r.Authority, Path: r.Path, Headers: r.Headers, Scheme: r.Scheme, HTTP2: r.HTTP2}}
	f.At = Party{Role: Caller}
	if r.Source != nil {
		f.Pod = r.Source
		f.At.Namespace, f.At.Name = r.Source.Namespace, r.Source.Name
	}
	return walk(s, callerStages, f, 0)
}

func walk(s *mesh.Snapshot, stages []Stage, f Flow, hops int) *Node {
	n := &Node{Party: f.At, Role: f.At.Role, Flow: f}
	defer n.record()()
	view := s.For(f.Pod)
	for i, st := range stages {
		in := view
		if st.Cluster {
			in = s
		}
		r := st.Run(in, f)
		if r.Effect == "" {
			continue // has nothing to do with this request
		}
		r.Stage = st.Name
		n.Results = append(n.Results, r)
		if r.Relay != nil {
			n.Relay = r.Relay
		}
		switch {
		case len(r.Next) == 0, r.Rejects == True && !filters[st.Name]:
			n.Left = f
			return n
		case len(r.Next) > 1:
			n.Left = f
			for _, b := range r.Next {
				n.Split = append(n.Split, Fork{b.Share, walk(s, stages[i+1:], b.Flow, hops)})
			}
			return n
		}
		f = r.Next[0].Flow
	}
	n.Left = f
	if n.rejected() || f.To == Nowhere || hops >= maxHops {
		return n
	}
	n.Down = walk(s, pipelines[f.To], enter(f), hops+1)
	return n
}

// scratch are lists of results, long enough for any pipeline, to collect in: most stages have nothing to say.
var scratch = sync.Pool{New: func() any { return new([]Result) }}

// record collects the node's results in a list that is used again. The function that it returns puts them into one of their own, which
// stays.
func (n *Node) record() func() {
	buf := scratch.Get().(*[]Result)
	n.Results = (*buf)[:0]
	return func() {
		used := n.Results
		n.Results = slices.Clone(used)
		clear(used)
		*buf = used
		scratch.Put(buf)
	}
}

// rejected tells whether a filter refused the request. Filters behind it are still evaluated, to be shown, but not the way on.
func (n *Node) rejected() bool {
	for _, r := range n.Results {
		if r.Rejects == True {
			return true
		}
	}
	return false
}

// enter makes the flow of the next party: what it knows is what comes in.
func enter(f Flow) Flow {
	next := Flow{Request: f.Request, Message: f.Message, Pod: f.Target, Dial: f.Dial, Wire: f.Wire, Assumed: f.Assumed, Endpoint: f.Endpoint, Others: f.Others}
	role := Application
	switch f.To {
	case ToClientSidecar:
		role = ClientSidecar
	case ToServerSidecar:
		role = ServerSidecar
	case ToGateway:
		role = gatewayRole(f.Target)
	}
	next.At = party(f.Target, role)
	return next
}
