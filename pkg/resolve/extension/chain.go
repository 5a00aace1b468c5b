package extension

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/trafficextension"
)

// Chain applies the patches of the filter chain that was chosen: they may take it away, put network filters into it that close the
// connection, change the connection manager, or what stands in it. What HTTP filters do is told by the stages of their places.
func Chain(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Extended == nil || f.NotIntercepted || f.At.Role != flow.ClientSidecar && f.TLSPassthrough && !f.L7 {
		return flow.Result{}
	}
	x := *f.Extended
	l := listenerOf(s, f)
	x.Listener = l
	has := hasFilters(s, f, x.Plugins, l)
	got := x.Patches.Listener(l, nil)
	network := x.Patches.NetworkFilters(l, networkChain(f, l, has.network))
	if network.Refused != nil {
		return refused(s, f, network.Refused, Chain)
	}
	if f.L7 {
		http := x.Patches.HTTPFilters(l, httpChain(f, l, has.http))
		if bad := refusal(http, network, f); bad != nil {
			return refused(s, f, bad, Chain)
		}
		x.Filters, x.Removed = http.List, http.Removed
		if i := slices.IndexFunc(network.List, func(n envoyfilter.Filter) bool { return n.Own == envoyfilter.OwnManager }); i >= 0 {
			x.Manager, x.ManagedBy = effect.Manager{Set: network.List[i].Config}, network.List[i].Merged
		}
		network.Idle = append(network.Idle, http.Idle...)
		if http.Panics != nil {
			network.Panics = http.Panics
		}
	}
	f.Extended = &x
	if f.L7 && routedAhead(f) {
		f = peek(s, f)
		x = *f.Extended
	}
	r := flow.Unseen(f)
	if len(x.Manager.LocalReplies()) > 0 || f.L7 && slices.ContainsFunc(x.Filters, func(y envoyfilter.Filter) bool { return y.By != nil || y.Own == envoyfilter.OwnExtension }) {
		r.Response = responses(walk{s: s, f: f})
	}
	idle(&r, network)
	if o, by, gone := chainGone(f, got, network); gone {
		return stop(r, o, by)
	}
	if effect.Fields(nil).Any(got.ChainSet, effect.Anything) {
		free(&r, f, nil, refs(got.ChainBy)...)
	}
	for _, y := range network.List {
		if end := networkFilter(s, &r, f, y); end {
			return r
		}
	}
	manager(&r, &f, x)
	if len(r.Next) > 0 {
		r.Next[0].Flow = f
	}
	return r
}

// routedAhead reports whether filters may act by what patches of routes carry for them.
func routedAhead(f flow.Flow) bool {
	return f.Extended.Patches.Routing() && !f.Passthrough && !unpatchedRoutes(f)
}

// refusal is why the proxy does not take the chain: a filter in the wrong place, a field, or a script.
func refusal(http, network envoyfilter.Filters, f flow.Flow) *envoyfilter.Refusal {
	if http.Refused != nil {
		return http.Refused
	}
	for _, x := range network.List {
		if x.Own != envoyfilter.OwnManager || len(x.Merged) == 0 {
			continue
		}
		if field := (effect.Manager{Set: x.Config}).Refused(f.Chain != nil); field != "" {
			return &envoyfilter.Refusal{By: merger(x.Merged, field), Why: envoyfilter.BadField}
		}
		if hosts := x.Config.At("route_config").List("virtual_hosts"); f.Chain == nil && (f.At.Role == flow.ServerSidecar || f.At.Role == flow.Waypoint) && slices.ContainsFunc(hosts, anyDomain) {
			return &envoyfilter.Refusal{By: merger(x.Merged, "route_config"), Why: envoyfilter.TakenName}
		}
	}
	for _, x := range http.List {
		if x.By == nil || x.Disabled {
			continue
		}
		if e := effect.HTTP(x.Effective(), requestOf(f), effect.Around{}); e.Refused {
			return &envoyfilter.Refusal{By: x.By, Why: envoyfilter.BadScript}
		}
	}
	return nil
}

func anyDomain(h message.Message) bool { return slices.Contains(h.Texts("domains"), "*") }

// merger is the patch that sets a field, the last of several.
func merger(list []*envoyfilter.Patch, field string) *envoyfilter.Patch {
	for i := len(list) - 1; i >= 0; i-- {
		if _, v := list[i].Value.Any("typed_config"); v.Has(field) {
			return list[i]
		}
	}
	return list[len(list)-1]
}

// idle tells of the patches that match the chain and do nothing there.
func idle(r *flow.Result, network envoyfilter.Filters) {
	for _, l := range network.Idle {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: l.Ref, Why: lossReason(l.Why)})
		if code := lostNote(l.Why); code != "" {
			r.Notes = append(r.Notes, flow.Finding{Code: code, Resource: l.Ref})
		}
	}
	if p := network.Panics; p != nil {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Why: otherType})
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionDropsOthers, Resource: p.Ref})
	}
}

// otherType: a merge of another type than the filter's ends in a panic of istiod's.
const otherType precedence.LossReason = "PatchOfOtherType"

// chainGone: without its chain, or the filter that ends it, a port takes no connection.
func chainGone(f flow.Flow, got envoyfilter.Listened, network envoyfilter.Filters) (flow.Outcome, mesh.Ref, bool) {
	if got.ChainRemoved != nil {
		return handshake(f, flow.ListenerRemoved, got.ChainRemoved.Ref), got.ChainRemoved.Ref, true
	}
	for _, x := range network.Removed {
		if x.Filter.Own == envoyfilter.OwnManager || x.Filter.Own == envoyfilter.OwnProxy {
			return handshake(f, flow.ListenerRemoved, x.By.Ref), x.By.Ref, true
		}
	}
	return flow.Outcome{}, mesh.Ref{}, false
}

// networkFilter adds what a network filter does to the connection; it reports whether the way ends there.
func networkFilter(s *mesh.Snapshot, r *flow.Result, f flow.Flow, x envoyfilter.Filter) (ends bool) {
	switch {
	case x.Own == envoyfilter.OwnExtension:
		return networkPlugin(r, f, x)
	case x.Own == envoyfilter.OwnProxy && len(x.Merged) > 0 && effect.TCPProxyFields.Any(x.Config, effect.Anything):
		free(r, f, nil, refs(x.Merged)...)
		return false
	case x.By == nil:
		return false
	}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: x.By.Ref, Applies: true})
	e := effect.Network(x.Effective(), requestOf(f), around(s, f))
	o := f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: flow.ExtensionAnswers, By: flow.By(flow.Cause, x.By.Ref)})
	switch {
	case e.Free:
		free(r, f, []flow.Outcome{f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: flow.Unmodelled})}, x.By.Ref)
	case e.Ends == effect.Always && x.Sure() == evidence.True:
		*r = stop(*r, o, x.By.Ref)
		return true
	case e.Ends == effect.UnderLoad:
		presume(r, f, e, x.By.Ref)
	case e.Ends != effect.Never:
		may(r, o, x.By.Ref)
	}
	return false
}

// manager adds what the fields do that patches merge into the connection manager, so far as it is not for the stages behind.
func manager(r *flow.Result, f *flow.Flow, x flow.Extended) {
	if len(x.ManagedBy) == 0 {
		return
	}
	for _, p := range x.ManagedBy {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Applies: true})
	}
	if fields := x.Manager.Unread(); len(fields) > 0 || slices.ContainsFunc(x.ManagedBy, unsureManager) {
		free(r, *f, nil, refs(x.ManagedBy)...)
	}
	set := x.Manager.Set
	if set.Has("forward_client_cert_details") || set.Has("set_current_client_cert_details") {
		f.Message = f.Message.Hide(false, []string{"x-forwarded-client-cert"}, refs(x.ManagedBy)...)
	}
	addresses(f, set)
}

// unsureManager reports whether a patch that may or may not apply to this proxy sets a field of the connection manager that could change an
// answer.
func unsureManager(p *envoyfilter.Patch) bool {
	_, config := p.Value.Any("typed_config")
	return p.Sure != evidence.True && effect.ManagerFields.Any(config, effect.Exact, effect.Anything, effect.Refuses)
}

// addresses works out the client's address anew where patches say how to (xff_num_trusted_hops, use_remote_address). By now a gateway has
// added the connection's own address to X-Forwarded-For.
func addresses(f *flow.Flow, set message.Message) {
	hops, has := set.Number("xff_num_trusted_hops")
	if !has && !set.Flag("use_remote_address") {
		return
	}
	f.RemoteSet = true
	switch {
	case f.Chain != nil && hops > 0:
		f.Remote = f.ForwardedFor(int(hops) + 1)
	case f.Chain != nil || set.Flag("use_remote_address") && hops == 0:
		f.Remote = f.Wire.Source
	case set.Flag("use_remote_address"):
		f.Remote = f.ForwardedFor(int(hops))
	default:
		f.Remote = f.ForwardedFor(int(hops) + 1)
	}
}

// has are the optional filters of a chain, of both kinds.
type has struct{ http, network envoyfilter.Has }

// hasFilters finds which of the optional filters istiod writes: those of policies, which a client's proxy has none of, and those of plugins.
func hasFilters(s *mesh.Snapshot, f flow.Flow, plugins []trafficextension.Extension, l envoyfilter.Listener) has {
	var out has
	if l.Context != envoyfilter.Outbound {
		authz, authn := policiesOf(s, f)
		for _, p := range authz {
			switch p.Spec.Action {
			case security.AuthorizationPolicy_CUSTOM:
				out.http.Custom = true
			case security.AuthorizationPolicy_AUDIT:
				out.http.Audit = true
			case security.AuthorizationPolicy_DENY:
				out.http.Deny = true
			default:
				out.http.Allow = true
			}
		}
		for _, p := range authn {
			out.http.JWT = out.http.JWT || len(p.Spec.JwtRules) > 0
		}
	}
	out.network = out.http
	for i, e := range plugins {
		if !e.At(l.Context != envoyfilter.Inbound, pluginPort(f, l)) {
			continue
		}
		if e.Network {
			place(s, &out.network, i, e)
		} else {
			place(s, &out.http, i, e)
		}
	}
	return out
}

// policiesOf are the policies that the proxy has filters for.
func policiesOf(s *mesh.Snapshot, f flow.Flow) ([]*securityapi.AuthorizationPolicy, []*securityapi.RequestAuthentication) {
	if f.At.Role == flow.Waypoint {
		return waypoint.AuthorizationPolicies(s, f.Attached).Policies, waypoint.RequestAuthentications(s, f.Attached).Policies
	}
	return precedence.AuthorizationPolicies(s, f.Pod).Policies, precedence.RequestAuthentications(s, f.Pod).Policies
}

// networkChain and httpChain are the filters of istiod's own that the proxy has for the request.
func networkChain(f flow.Flow, l envoyfilter.Listener, has envoyfilter.Has) []envoyfilter.Filter {
	if f.At.Role == flow.Waypoint {
		return envoyfilter.WaypointNetworkChain(f.L7, f.Attached.Host == nil, has)
	}
	return envoyfilter.NetworkChain(l.Context, f.L7, has)
}

func httpChain(f flow.Flow, l envoyfilter.Listener, has envoyfilter.Has) []envoyfilter.Filter {
	if f.At.Role == flow.Waypoint {
		return envoyfilter.WaypointChain(has)
	}
	return envoyfilter.HTTPChain(l.Context, has)
}

// place puts the filter of a plugin among those of its phase.
func place(s *mesh.Snapshot, to *envoyfilter.Has, i int, e trafficextension.Extension) {
	translated := !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 30})
	x := envoyfilter.Filter{Name: e.FilterName(translated), Own: envoyfilter.OwnExtension, Extension: i, Type: pluginType(e)}
	list := map[trafficextension.Phase]*[]envoyfilter.Filter{trafficextension.AuthN: &to.AuthN, trafficextension.AuthZ: &to.AuthZ, trafficextension.Stats: &to.Stats, trafficextension.Last: &to.Last}[e.Phase]
	*list = append(*list, x)
}

// pluginPort is the port that plugins are matched by; 0 for none. A waypoint has one where it does not read HTTP, the Service's
// (buildWaypointHTTPFilters, buildWaypointNetworkFilters).
func pluginPort(f flow.Flow, l envoyfilter.Listener) int {
	switch {
	case f.At.Role == flow.Waypoint && (f.L7 || f.Attached.Host == nil):
		return 0
	case f.At.Role == flow.Waypoint, l.Context == envoyfilter.Outbound:
		return f.Dial.Port
	}
	return f.Wire.Port
}

func pluginType(e trafficextension.Extension) string {
	switch {
	case e.Lua != "":
		return "envoy.extensions.filters.http.lua.v3.Lua"
	case e.Network:
		return "envoy.extensions.filters.network.wasm.v3.Wasm"
	}
	return "envoy.extensions.filters.http.wasm.v3.Wasm"
}
