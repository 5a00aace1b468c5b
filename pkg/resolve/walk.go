package resolve

import (
	"slices"
	"sync"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Run walks a request through the mesh.
func Run(s *mesh.Snapshot, r *flow.Request) *flow.Node {
	f := flow.Flow{Request: r, Message: flow.Message{Method: r.Method, Authority: r.Authority, Path: r.Path, Headers: r.Headers, HTTP2: r.HTTP2, HTTP10: r.HTTP10}}
	f.At = flow.Party{Role: flow.Caller}
	if r.Source != nil {
		f.Pod = r.Source
		f.At.Namespace, f.At.Name = r.Source.Namespace, r.Source.Name
	}
	return walk(s, callerStages, f, &trail{party: f.At, message: f.Message, returns: new(int)})
}

func walk(s *mesh.Snapshot, stages []flow.Stage, f flow.Flow, t *trail) *flow.Node {
	n := &flow.Node{Party: f.At, Role: f.At.Role, Flow: f}
	defer record(n)()
	view := viewAt(s, f)
	for i, st := range stages {
		in := view
		if st.Cluster {
			in = s
		}
		r := st.Run(in, f)
		if r.Passing == "" {
			continue // has nothing to do with this request
		}
		r.Stage = st.Name
		n.Results = append(n.Results, r)
		switch {
		case len(r.Next) == 0, r.Rejects() == evidence.True && !st.Filter:
			n.Left = f
			return n
		case len(r.Next) > 1:
			n.Left = f
			for _, b := range r.Next {
				way := ended(b, st.Ends)
				if way == nil {
					way = walk(s, stages[i+1:], b.Flow, t)
				}
				n.Split = append(n.Split, flow.Fork{Share: b.Share, Node: way})
			}
			return n
		}
		f = r.Next[0].Flow
		if end := ended(r.Next[0], st.Ends); end != nil {
			n.Results, n.Left = append(n.Results, end.Results...), f
			return n
		}
	}
	n.Left = f
	if n.Rejected() || f.To == flow.Nowhere {
		return n
	}
	next := enter(f)
	on, ok := t.enters(next)
	if !ok {
		n.Results = append(n.Results, on.circle(f))
		return n
	}
	n.Down = walk(s, pipelines[f.To].stages, next, on)
	return n
}

// ended is the stretch of a branch that ends, a single row of that name; nil for one that goes on.
func ended(b flow.Branch, name string) *flow.Node {
	if b.End == nil {
		return nil
	}
	end := *b.End
	end.Stage = name
	return &flow.Node{Party: b.Flow.At, Role: b.Flow.At.Role, Flow: b.Flow, Left: b.Flow, Results: []flow.Result{end}}
}

// scratch are lists of results, long enough for any pipeline, to collect in: most stages have nothing to say.
var scratch = sync.Pool{New: func() any { return new([]flow.Result) }}

// record collects the node's results in a list that is used again. The function that it returns puts them into one of their own, which
// stays.
func record(n *flow.Node) func() {
	buf := scratch.Get().(*[]flow.Result)
	n.Results = (*buf)[:0]
	return func() {
		used := n.Results
		n.Results = slices.Clone(used)
		clear(used)
		*buf = used
		scratch.Put(buf)
	}
}

// enter makes the flow of the next party: what it knows is what comes in.
func enter(f flow.Flow) flow.Flow {
	next := flow.Flow{Request: f.Request, Message: f.Message, Dial: f.Dial, Wire: f.Wire}
	next.Pod, next.Assumed, next.Concealed, next.Endpoint, next.Others, next.Addressee = f.Target, f.Assumed, f.Concealed, f.Endpoint, f.Others, f.Addressee
	next.At, next.In = flow.PartyOf(f.Target, pipelines[f.To].role(f.Target)), f.To
	return next
}
