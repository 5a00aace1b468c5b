package extension

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Listener applies the patches of the listener that takes the connection, and of its listener filters: what they do comes before any
// chain is chosen.
func Listener(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Extended == nil || f.NotIntercepted {
		return flow.Result{}
	}
	l := listenerOf(s, f)
	own := envoyfilter.ListenerChain(l.Context, true, true)
	got := f.Extended.Patches.Listener(l, own)
	if bad := untyped(got.Filters); bad != nil {
		return refused(s, f, &envoyfilter.Refusal{By: bad, Why: envoyfilter.NoConfiguration}, Listener)
	}
	switch {
	case got.Removed != nil:
		return listenerGone(s, f, got.Removed)
	case got.ChainRemoved == nil && len(got.By) == 0 && len(got.Filters) == len(own) && !slices.ContainsFunc(got.Filters, func(x envoyfilter.Filter) bool { return x.By != nil }) && len(got.Added) == 0:
		return flow.Result{}
	}
	r := flow.Unseen(f)
	for _, p := range got.By {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Applies: true})
	}
	if effect.ListenerFields.Any(got.Set, effect.Anything) {
		free(&r, f, nil, refs(got.By)...)
	}
	for _, x := range got.Filters {
		if x.By != nil && listenerFilter(&r, f, x) {
			return r
		}
	}
	for _, x := range own {
		if !slices.ContainsFunc(got.Filters, func(y envoyfilter.Filter) bool { return y.Name == x.Name }) {
			free(&r, f, nil, inspectorGone(f.Extended.Patches, l)...)
			break
		}
	}
	for _, p := range got.Added {
		if takes(p, f) {
			free(&r, f, nil, p.Ref)
		}
	}
	if r.Passing == flow.Silent && len(r.Candidates) == 0 {
		return flow.Result{}
	}
	return r
}

// untyped is the patch of a listener filter without configuration.
func untyped(list []envoyfilter.Filter) *envoyfilter.Patch {
	for _, x := range list {
		if x.By != nil && x.Type == "" && !x.Discovery {
			return x.By
		}
	}
	return nil
}

// listenerFilter adds what a listener filter does; it reports whether the connection ends there in any case.
func listenerFilter(r *flow.Result, f flow.Flow, x envoyfilter.Filter) (ends bool) {
	e := effect.ListenerFilter(x.Effective())
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: x.By.Ref, Applies: true})
	switch {
	case e.Free:
		free(r, f, nil, x.By.Ref)
	case e.Ends == effect.UnderLoad:
		presume(r, f, e, x.By.Ref)
	case e.Ends != effect.Always:
	case effect.ProxyProtocol(x.Effective()) && (f.Request.Outside() && f.At.Role != flow.ServerSidecar || x.Sure() != evidence.True):
		// A load balancer before the gateway may send the header.
		may(r, handshake(f, flow.ProxyProtocolWanted, x.By.Ref), x.By.Ref)
	default:
		*r = stop(*r, handshake(f, flow.ProxyProtocolWanted, x.By.Ref), x.By.Ref)
		return true
	}
	return false
}

// handshake is a connection that is closed before anything of it was understood.
func handshake(f flow.Flow, why flow.Reason, by mesh.Ref) flow.Outcome {
	o := flow.Outcome{Failure: flow.Terminated, Reason: why, By: flow.By(flow.Cause, by)}
	if f.Wire.Transport != flow.Plaintext {
		o.Failure, o.TLS = flow.HandshakeFailed, upstream.ResetInFlight
	}
	return f.Cut(o)
}

// stop ends the way at a stage that has found something already.
func stop(r flow.Result, o flow.Outcome, by mesh.Ref) flow.Result {
	e := flow.End(o)
	e.Resource, e.Candidates, e.Notes = by, slices.Concat(r.Candidates, []flow.Candidate{{Ref: by, Applies: true, Matches: evidence.True}}), r.Notes
	if r.Rejects().IsUnknown() {
		// Something before it may have answered otherwise.
		e.Doubt(r.Gaps...)
		e.OrElse(append([]flow.Outcome{r.Outcome()}, r.Otherwise()...)...)
	}
	return e
}

// listenerGone: a server or a gateway without its listener is closed; a client sends what it has no listener for where it was going anyway.
func listenerGone(s *mesh.Snapshot, f flow.Flow, p *envoyfilter.Patch) flow.Result {
	if f.At.Role == flow.ClientSidecar {
		f.Listener, f.L7, f.L4, f.Wire.L7 = nil, false, nil, false
		r := upstream.UnknownDestination(s, f)
		r.Note, r.Args = flow.NoteExtensionRemovesListener, nil
		r.Resource = p.Ref
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Applies: true})
		return r
	}
	o := flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.ListenerRemoved, By: flow.By(flow.Cause, p.Ref)}
	if f.At.Role == flow.Waypoint {
		o.Failure = flow.TunnelFailed // what takes the tunnel reaches nobody behind it
	}
	return stop(flow.Pass(f), o, p.Ref)
}

// inspectorGone are the patches that take listener filters of istiod's away.
func inspectorGone(ps envoyfilter.Patches, l envoyfilter.Listener) []mesh.Ref {
	return refs(ps.ListenerFilterRemovals(l))
}

// takes reports whether a listener or a chain that a patch adds can take the connection.
func takes(p *envoyfilter.Patch, f flow.Flow) bool {
	if f.At.Role == flow.Waypoint {
		return false // chains of an internal listener are chosen by a matcher of istiod's own
	}
	port, ok := p.Value.At("address", "socket_address").Number("port_value")
	if !p.Value.Has("address") {
		return true // a chain
	}
	want := f.Wire.Port
	if f.At.Role == flow.ClientSidecar {
		want = f.Dial.Port
	}
	return !ok || int(port) == want
}
