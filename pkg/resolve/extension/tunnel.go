package extension

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Tunnel applies the patches of the listener by which a waypoint takes tunnels. A patch that names no listener puts its filters there too,
// where they meet the CONNECT request before any other: what they answer is no answer for the client, whose tunnel is refused.
func Tunnel(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Extended == nil || f.Extended.Patches.Empty() {
		return flow.Result{}
	}
	ps, l := f.Extended.Patches, envoyfilter.Listener{Context: envoyfilter.Inbound, Name: tunnelListener, Port: tunnelPort, Chain: envoyfilter.Chain{Name: "default"}}
	got := ps.Listener(l, nil)
	network := ps.NetworkFilters(l, envoyfilter.WaypointNetworkChain(true, false, envoyfilter.Has{}))
	http := ps.HTTPFilters(l, envoyfilter.TunnelChain())
	switch bad := untyped(got.Filters); {
	case bad != nil:
		return refused(s, f, &envoyfilter.Refusal{By: bad, Why: envoyfilter.NoConfiguration}, Tunnel)
	case network.Refused != nil:
		return refused(s, f, network.Refused, Tunnel)
	case got.Removed != nil:
		return stop(flow.Pass(f), flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.ListenerRemoved, By: flow.By(flow.Cause, got.Removed.Ref)}, got.Removed.Ref)
	}
	if why := refusal(http, network, f); why != nil {
		return refused(s, f, why, Tunnel)
	}
	r := flow.Unseen(f)
	idle(&r, envoyfilter.Filters{Panics: http.Panics})
	if _, by, gone := chainGone(f, got, network); gone {
		return stop(r, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.ResetInFlight, Reason: flow.ListenerRemoved, By: flow.By(flow.Cause, by)}, by)
	}
	if acceptTunnel(s, &r, f, got, network) {
		return r
	}
	for _, gone := range http.Removed {
		// Without connect_authority nobody knows any more what was dialled.
		shut(&r, flow.Unmodelled, gone.By.Ref, "")
	}
	for _, x := range http.List {
		if connect(s, &r, f, ps.Discovered(x)) {
			return r
		}
	}
	if len(r.Candidates) == 0 {
		return flow.Result{}
	}
	return r
}

// acceptTunnel adds what happens to a tunnel before its CONNECT request is read; it reports whether the way ends there in any case.
func acceptTunnel(s *mesh.Snapshot, r *flow.Result, f flow.Flow, got envoyfilter.Listened, network envoyfilter.Filters) (ends bool) {
	for _, x := range got.Filters {
		if x.By != nil && listenerFilter(r, f, x) {
			return true
		}
	}
	heavy := refs(got.Added)
	if effect.ListenerFields.Any(got.Set, effect.Anything) {
		heavy = append(heavy, refs(got.By)...)
	}
	if effect.Fields(nil).Any(got.ChainSet, effect.Anything) {
		heavy = append(heavy, refs(got.ChainBy)...)
	}
	for _, x := range network.List {
		if x.Own == envoyfilter.OwnManager && len((effect.Manager{Set: x.Config}).Unread()) > 0 {
			heavy = append(heavy, refs(x.Merged)...)
		}
		if x.By != nil && networkFilter(s, r, f, x) {
			return true
		}
	}
	for _, ref := range heavy {
		shut(r, flow.Unmodelled, ref, "")
	}
	return false
}

// connect adds what a filter does to the CONNECT request of a tunnel; it reports whether the tunnel is refused in any case.
func connect(s *mesh.Snapshot, r *flow.Result, f flow.Flow, x envoyfilter.Filter) (ends bool) {
	if x.By == nil && len(x.Merged) == 0 {
		return false
	}
	by := x.By
	if by == nil {
		by = last(x.Merged)
	}
	e := effect.HTTP(x.Effective(), connectRequest(f), around(s, f))
	if x.Own != "" {
		e = ownMerged(x)
	}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: by.Ref, Applies: true})
	details := ""
	if len(e.Answers) > 0 {
		details = ztunnel.Answered(e.Answers[0].Status)
	}
	switch {
	case e.Free, e.Ends == effect.LargeBody, writesTarget(e):
		shut(r, flow.Unmodelled, by.Ref, "")
	case e.Ends == effect.UnderLoad:
		presume(r, f, e, by.Ref)
	case e.Ends == effect.Always && x.Sure() == evidence.True && (e.Share == 0 || e.Share >= 1):
		o := flow.Outcome{Failure: flow.TunnelAnswered, Reason: flow.ExtensionRefusesTunnel, Details: details, By: flow.By(flow.Cause, by.Ref)}
		*r = stop(*r, o, by.Ref)
		return true
	case e.Ends != effect.Never:
		shut(r, flow.ExtensionMayAnswer, by.Ref, details)
	default:
		return false
	}
	if !by.NamesListener() {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionAtTunnel, Resource: by.Ref, Args: []string{f.Attached.Gateway.ID()}})
	}
	return false
}

// writesTarget reports whether a filter changes what the tunnel is for, or may.
func writesTarget(e effect.Effect) bool {
	for _, w := range e.Writes {
		if w.Name == ":authority" || w.Name == "host" || w.Name == ":method" {
			return true
		}
	}
	return false
}

// shut adds that a tunnel may be refused.
func shut(r *flow.Result, why flow.Reason, by mesh.Ref, details string) {
	may(r, flow.Outcome{Failure: flow.TunnelAnswered, Reason: why, Details: details, By: flow.By(flow.Cause, by)}, by)
}

// tunnelHeaders are those that ztunnel sends with a CONNECT request, with values that nobody knows (ztunnel's src/proxy/outbound.rs).
var tunnelHeaders = []string{"baggage", "forwarded", "traceparent", "x-forwarded-network", "x-istio-source", "x-request-id", "x-forwarded-proto", "x-forwarded-for"}

// connectRequest is the request by which the client's proxy opens the tunnel.
func connectRequest(f flow.Flow) *matching.Request {
	return &matching.Request{Method: "CONNECT", Authority: f.Dial.String(), Port: tunnelPort, Principal: f.Wire.Tunnel.Peer, TLS: true, Source: f.Wire.Source, Remote: f.Wire.Source,
		Lines: func(name string) ([]string, bool) {
			for _, h := range tunnelHeaders {
				if strings.EqualFold(h, name) {
					return nil, false
				}
			}
			return nil, true
		}}
}
