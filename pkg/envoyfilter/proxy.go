package envoyfilter

import (
	"regexp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Proxy is what patches ask of a proxy before all else.
type Proxy struct {
	// Versions are those that the proxy may have, as it reports them: 1.31.1. One where it is known, none where it reports none.
	Versions []string
	// Metadata returns a value of the node's metadata, and whether it is known. nil knows none.
	Metadata func(key string) (value string, known bool)
	// TranslatesNames reports that its control plane, older than Istio 1.19, takes names that filters had before Envoy 1.14.
	TranslatesNames bool
}

// longestExpression is how long an expression for versions may be; a longer one matches no proxy.
const longestExpression = 1024

// fits reports whether a patch is for the proxy by its version and metadata.
func (p Proxy) fits(m *networking.EnvoyFilter_ProxyMatch) evidence.Tri {
	return evidence.And(p.version(m.GetProxyVersion()), p.metadata(m))
}

// version compares the version with an expression, which may match anywhere in it. One that does not compile matches every version.
func (p Proxy) version(expr string) evidence.Tri {
	if expr == "" {
		return evidence.True
	}
	if len(expr) > longestExpression {
		return evidence.False
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return evidence.True
	}
	fit := 0
	for _, v := range p.Versions {
		if re.MatchString(v) {
			fit++
		}
	}
	switch fit {
	case 0:
		return evidence.False
	case len(p.Versions):
		return evidence.True
	}
	return evidence.Unknown
}

func (p Proxy) metadata(m *networking.EnvoyFilter_ProxyMatch) evidence.Tri {
	is := evidence.True
	for key, want := range m.GetMetadata() {
		if p.Metadata == nil {
			return evidence.Unknown
		}
		got, known := p.Metadata(key)
		if !known {
			is = evidence.And(is, evidence.Unknown)
			continue
		}
		is = evidence.And(is, evidence.Of(got == want))
	}
	return is
}

// leaves tells why a patch comes to nothing for any proxy; empty where it does not.
func (p Proxy) leaves(cp *networking.EnvoyFilter_EnvoyConfigObjectPatch) Loss {
	if cp.GetPatch() == nil || cp.GetApplyTo() == networking.EnvoyFilter_INVALID || cp.GetApplyTo() == networking.EnvoyFilter_BOOTSTRAP {
		return NoPatch // no code of istiod's reads patches of the bootstrap since Istio 1.21
	}
	return ""
}

// buildFails reports whether istiod cannot build a patch's value, and so leaves the patch out: a type is named that its API does not have.
func buildFails(p *Patch) bool {
	return slices.ContainsFunc(types(p.Value), func(name string) bool { return !known(name) })
}

// types lists the types that are named in a message, at any depth.
func types(v any) []string {
	var out []string
	switch x := v.(type) {
	case message.Message:
		return types(map[string]any(x))
	case map[string]any:
		if url, ok := x["@type"].(string); ok {
			out = append(out, url[strings.LastIndexByte(url, '/')+1:])
		}
		for _, y := range x {
			out = append(out, types(y)...)
		}
	case []any:
		for _, y := range x {
			out = append(out, types(y)...)
		}
	}
	return out
}

// foreign are the types outside of envoy.* that istiod knows.
var foreign = []string{"udpa.", "xds.", "google.protobuf.", "istio.", "io.istio.", "stats.PluginConfig", "opencensus.", "opentelemetry.", "cel.expr.", "google.api."}

// known reports whether a type can be one that istiod knows. Version 2 of Envoy's API, and the alpha versions of it, are gone.
func known(name string) bool {
	switch {
	case strings.Contains(name, ".v2."), strings.Contains(name, ".v2alpha") && strings.HasPrefix(name, "envoy."), strings.HasPrefix(name, "envoy.api.v2."),
		strings.HasPrefix(name, "envoy.config.filter."):
		return false
	case strings.HasPrefix(name, "envoy."):
		return true
	}
	return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// oldNames are what filters were called before Envoy 1.14, and what they are called since. istiod has not translated them since 1.19.
var oldNames = map[string]string{
	"envoy.http_connection_manager": connectionManager, "envoy.tcp_proxy": tcpProxy, "envoy.mongo_proxy": "envoy.filters.network.mongo_proxy",
	"envoy.redis_proxy": "envoy.filters.network.redis_proxy",
	"envoy.router":      httpRouter, "envoy.cors": "envoy.filters.http.cors", "envoy.fault": "envoy.filters.http.fault", "envoy.lua": "envoy.filters.http.lua",
	"envoy.ext_authz": "envoy.filters.http.ext_authz", "envoy.rate_limit": "envoy.filters.http.ratelimit", "envoy.gzip": "envoy.filters.http.gzip",
	"envoy.buffer": "envoy.filters.http.buffer", "envoy.grpc_web": "envoy.filters.http.grpc_web", "envoy.health_check": "envoy.filters.http.health_check",
	"envoy.listener.tls_inspector": "envoy.filters.listener.tls_inspector", "envoy.listener.http_inspector": "envoy.filters.listener.http_inspector",
	"envoy.listener.original_dst": "envoy.filters.listener.original_dst", "mixer": "mixer", "istio_authn": "istio_authn",
}

// The names of the filters that others are told by.
const (
	connectionManager = "envoy.filters.network.http_connection_manager"
	tcpProxy          = "envoy.filters.network.tcp_proxy"
	httpRouter        = "envoy.filters.http.router"
)

// name is the present name of a filter, for a control plane that translates them.
func (p Proxy) name(of string) string {
	if to, ok := oldNames[of]; ok && p.TranslatesNames {
		return to
	}
	return of
}

// oldName reports whether a patch looks for a filter by a name that none has any more.
func oldName(m *networking.EnvoyFilter_EnvoyConfigObjectMatch) bool {
	f := m.GetListener().GetFilterChain().GetFilter()
	_, network := oldNames[f.GetName()]
	_, http := oldNames[f.GetSubFilter().GetName()]
	return network || http
}
