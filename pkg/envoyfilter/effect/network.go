package effect

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Network returns what a network filter does to a connection and what it carries. One that ends it closes the connection, and has no
// answers.
func Network(f Filter, r *matching.Request, a Around) Effect {
	for _, t := range istioTypes {
		if f.Type == t {
			return Effect{}
		}
	}
	rest, ok := strings.CutPrefix(f.Type, "envoy.extensions.filters.network.")
	name, _, _ := strings.Cut(rest, ".")
	if !ok {
		return Effect{Free: true}
	}
	switch name {
	case "rbac":
		return closing(rbac(f, r, a))
	case "ext_authz":
		if a.cluster(service(f.Config)) != evidence.False {
			return Effect{Free: true}
		}
		if f.Config.Flag("failure_mode_allow") {
			return Effect{}
		}
		return Effect{Ends: Always}
	case "local_ratelimit", "ratelimit", "connection_limit":
		return Effect{Ends: UnderLoad}
	case "mysql_proxy", "mongo_proxy", "postgres_proxy", "zookeeper_proxy", "kafka_broker", "set_filter_state", "geoip", "metadata_exchange":
		return Effect{}
	case "wasm":
		return wasm(f, r, a)
	}
	return Effect{Free: true}
}

func closing(e Effect) Effect {
	e.Answers = nil
	return e
}

// ListenerFilter returns what a listener filter does to a connection, likewise.
func ListenerFilter(f Filter) Effect {
	rest, ok := strings.CutPrefix(f.Type, "envoy.extensions.filters.listener.")
	name, _, _ := strings.Cut(rest, ".")
	if !ok {
		return Effect{Free: true}
	}
	switch name {
	case "proxy_protocol":
		if f.Config.Flag("allow_requests_without_proxy_protocol") {
			return Effect{}
		}
		return Effect{Ends: Always} // for clients that do not send its header
	case "tls_inspector", "http_inspector":
		return Effect{} // a second one finds what the first found
	case "local_ratelimit":
		return Effect{Ends: UnderLoad}
	}
	return Effect{Free: true}
}

// ProxyProtocol reports whether a listener filter wants the header of the PROXY protocol from every client.
func ProxyProtocol(f Filter) bool {
	return strings.HasPrefix(f.Type, "envoy.extensions.filters.listener.proxy_protocol.") && !f.Config.Flag("allow_requests_without_proxy_protocol")
}
