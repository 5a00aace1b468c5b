package envoyfilter

import "slices"

// Has is which of the optional filters istiod writes for a chain.
type Has struct {
	Custom, JWT, Audit, Deny, Allow bool
	Session                         bool // PILOT_ENABLE_PERSISTENT_SESSION_FILTER
	// The filters of WasmPlugins and TrafficExtensions, by phase, in the order in which they run.
	AuthN, AuthZ, Stats, Last []Filter
}

// HTTPChain returns the filters that istiod writes into an HTTP connection manager, in order
// (pilot/pkg/networking/core/listener_builder.go, buildHTTPConnectionManager).
func HTTPChain(c Context, has Has) []Filter {
	out := []Filter{{Name: "istio.metadata_exchange", Own: OwnOther, Type: "io.istio.http.peer_metadata.Config"}}
	rbac := func(own Own) Filter {
		return Filter{Name: "envoy.filters.http.rbac", Own: own, Type: "envoy.extensions.filters.http.rbac.v3.RBAC"}
	}
	if has.Custom {
		out = append(out, rbac(OwnCustom), Filter{Name: "envoy.filters.http.ext_authz", Own: OwnCustom, Type: "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"})
	}
	out = append(out, has.AuthN...)
	if has.JWT {
		out = append(out, Filter{Name: "envoy.filters.http.jwt_authn", Own: OwnJWT, Type: "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"})
	}
	out = append(out, has.AuthZ...)
	for _, x := range []struct {
		own Own
		has bool
	}{{OwnAudit, has.Audit}, {OwnDeny, has.Deny}, {OwnAllow, has.Allow}} {
		if x.has {
			out = append(out, rbac(x.own))
		}
	}
	out = append(append(out, has.Stats...), has.Last...)
	out = append(out, Filter{Name: "envoy.filters.http.grpc_stats", Own: OwnOther, Type: "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig"})
	if c != Inbound {
		out = append(out, Filter{Name: "istio.alpn", Own: OwnOther, Type: "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig"})
	}
	out = append(out, Filter{Name: "envoy.filters.http.fault", Own: OwnFault, Type: "envoy.extensions.filters.http.fault.v3.HTTPFault"},
		Filter{Name: "envoy.filters.http.cors", Own: OwnCORS, Type: "envoy.extensions.filters.http.cors.v3.Cors"},
		Filter{Name: "istio.stats", Own: OwnOther, Type: "stats.PluginConfig"})
	if has.Session && c != Inbound {
		out = append(out, Filter{Name: "envoy.filters.http.stateful_session", Own: OwnSession, Type: "envoy.extensions.filters.http.stateful_session.v3.StatefulSession"})
	}
	return append(out, Filter{Name: httpRouter, Own: OwnRouter, Type: "envoy.extensions.filters.http.router.v3.Router"})
}

// WaypointChain returns the filters that istiod writes into a waypoint's HTTP connection manager for what was dialled, in order. Plugins of the
// last phases come behind the route's faults (pilot/pkg/networking/core/listener_waypoint.go, buildWaypointHTTPFilters).
func WaypointChain(has Has) []Filter {
	behind := slices.Concat(has.Stats, has.Last)
	has.Stats, has.Last = nil, nil
	out := HTTPChain(Inbound, has)[1:] // the peer is known from the tunnel
	own := func(name string) Filter {
		return Filter{Name: name, Own: OwnOther, Type: "io.istio.http.peer_metadata.Config", Wrapped: true}
	}
	at := slices.IndexFunc(out, func(f Filter) bool { return f.Name == "istio.stats" })
	return slices.Insert(out, at, append(behind, own("waypoint_upstream_peer_metadata"))...)
}

// TunnelChain returns the HTTP filters that istiod writes for the tunnels that a waypoint takes (buildHCMConnectTerminateChain).
func TunnelChain() []Filter {
	return []Filter{
		{Name: "waypoint_downstream_peer_metadata", Own: OwnOther, Type: "io.istio.http.peer_metadata.Config", Wrapped: true},
		{Name: "connect_authority", Own: OwnOther, Type: "envoy.extensions.filters.http.set_filter_state.v3.Config"},
		{Name: httpRouter, Own: OwnRouter, Type: "envoy.extensions.filters.http.router.v3.Router"},
	}
}

// WaypointNetworkChain returns the network filters that istiod writes into a waypoint's chain, for a Service or for a pod that was dialled by
// its address. Before HTTP is read there are none of plugins (buildWaypointInboundHTTPFilters, buildWaypointNetworkFilters).
func WaypointNetworkChain(http, pod bool, has Has) []Filter {
	out := NetworkChain(Inbound, http, has)
	if http {
		out = out[len(out)-1:]
	}
	if pod {
		out = append([]Filter{{Name: "connect_authority", Own: OwnOther, Type: "envoy.extensions.filters.network.set_filter_state.v3.Config"}}, out...)
	}
	return out
}

// NetworkChain returns the network filters that istiod writes into a chain, in order (listener_inbound.go,
// buildInboundNetworkFiltersForHTTP and buildInboundNetworkFilters). Policies stand in chains of TCP alone.
func NetworkChain(c Context, http bool, has Has) []Filter {
	var out []Filter
	if c == Inbound {
		out = append(out, Filter{Name: "istio.metadata_exchange", Own: OwnOther, Type: "envoy.tcp.metadataexchange.config.MetadataExchange"})
	}
	rbac := func(own Own) Filter {
		return Filter{Name: "envoy.filters.network.rbac", Own: own, Type: "envoy.extensions.filters.network.rbac.v3.RBAC"}
	}
	if !http && has.Custom {
		out = append(out, rbac(OwnCustom), Filter{Name: "envoy.filters.network.ext_authz", Own: OwnCustom, Type: "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz"})
	}
	out = append(append(out, has.AuthN...), has.AuthZ...)
	for _, x := range []struct {
		own Own
		has bool
	}{{OwnAudit, has.Audit}, {OwnDeny, has.Deny}, {OwnAllow, has.Allow}} {
		if x.has && !http {
			out = append(out, rbac(x.own))
		}
	}
	out = append(append(out, has.Stats...), has.Last...)
	if http {
		return append(out, Filter{Name: connectionManager, Own: OwnManager, Type: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"})
	}
	return append(out, Filter{Name: "istio.stats", Own: OwnOther, Type: "stats.PluginConfig"},
		Filter{Name: tcpProxy, Own: OwnProxy, Type: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"})
}

// ListenerChain returns the listener filters that istiod writes (populateListenerFilters), for one that looks for TLS or for HTTP.
func ListenerChain(c Context, tls, http bool) []Filter {
	var out []Filter
	own := func(name string) {
		out = append(out, Filter{Name: "envoy.filters.listener." + name, Own: OwnOther, Type: "envoy.extensions.filters.listener." + name + ".v3"})
	}
	if c == Inbound {
		own("original_dst")
	}
	if tls {
		own("tls_inspector")
	}
	if http {
		own("http_inspector")
	}
	return out
}
