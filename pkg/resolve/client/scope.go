package client

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Scope finds the Sidecar resource that governs the client and with it what its proxy knows.
func Scope(s *mesh.Snapshot, f flow.Flow) flow.Result {
	choice := precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels)
	f.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	f.Scope = routing.ScopeOf(s, f.Pod.Namespace, choice)
	r := flow.Pass(f)
	r.Note, r.Resource = flow.NoteScopeSidecar, choice.Ref()
	if r.Resource.IsZero() {
		r = flow.NothingApplies(f)
		r.Note = flow.NoteScopeDefault
	}
	r.Candidates = flow.Candidates(choice.Considered)
	if len(choice.Gaps) > 0 {
		// A hidden Sidecar may leave the destination out, and may have it blocked; or it leaves out what routes the request elsewhere.
		r.Gaps = choice.Gaps
		o := f.Replies(502, flow.RegistryOnly, "direct_response")
		o.Args = []string{f.Dial.String()}
		r.MayReject(o, append([]flow.Outcome{f.Closed(flow.Outcome{Reason: flow.RegistryOnly, Args: o.Args})}, flow.AnyAnswer()...)...)
		r.Reason, r.Args = flow.Unread, nil
		hidden := f
		hidden.Passthrough = true
		hidden.Wire = flow.Wire{Proxied: true, Source: f.Address()}
		read := hidden
		read.L7 = true
		r.Next = []flow.Branch{{Flow: f}, {Flow: read}, {Flow: hidden}}
	}
	return r
}
