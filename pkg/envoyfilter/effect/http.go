package effect

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
)

// rule is what a type of filter does.
type rule func(f Filter, r *matching.Request, a Around) Effect

// httpRules are the types of HTTP filters that are known, by the last parts of their packages' names: envoy.extensions.filters.http.KEY.
var httpRules map[string]rule

func init() {
	httpRules = map[string]rule{
		"adaptive_concurrency": load(503, "reached_concurrency_limit"), "admission_control": load(503, "denied_by_admission_control"), "rate_limit_quota": load(429, ""),
		"local_ratelimit": localRateLimit, "ratelimit": rateLimit,
		"buffer": buffer, "csrf": csrf, "basic_auth": basicAuth, "api_key_auth": apiKeyAuth, "jwt_authn": jwtAuthn, "oauth2": oauth2, "rbac": rbac, "fault": fault,
		"health_check": healthCheck, "custom_response": customResponse, "grpc_json_transcoder": transcoder,
		"ext_authz": extAuthz, "ext_proc": extProc, "lua": luaFilter, "header_mutation": headerMutation, "header_to_metadata": headerToMetadata,
		"ip_tagging": hides("x-envoy-ip-tags"), "gcp_authn": hides("authorization"), "aws_request_signing": hides("authorization", "x-amz-date", "x-amz-security-token",
			"x-amz-content-sha256"),
		"geoip": anyHeader, "credential_injector": anyHeader,
		"wasm": wasm, "router": func(Filter, *matching.Request, Around) Effect { return Effect{Refused: true} },
	}
	for _, name := range watching {
		httpRules[name] = func(Filter, *matching.Request, Around) Effect { return Effect{} }
	}
}

// watching are the types from which no answer changes, however they are configured.
var watching = strings.Fields(`compressor decompressor gzip grpc_stats tap upstream_codec bandwidth_limit bandwidth_share alternate_protocols_cache on_demand
	file_system_buffer json_to_metadata set_metadata set_filter_state sse_to_metadata thrift_to_metadata grpc_web grpc_http1_bridge connect_grpc_bridge cors`)

// Watches reports whether no answer changes by an HTTP filter of a type, however it is configured.
func Watches(typ string) bool {
	return slices.Contains(istioTypes, typ) || slices.Contains(watching, kind(typ))
}

// istioTypes are those of Istio's own filters, which only watch.
var istioTypes = []string{"stats.PluginConfig", "io.istio.http.peer_metadata.Config", "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
	"envoy.tcp.metadataexchange.config.MetadataExchange"}

// HTTP returns what an HTTP filter does to a request. A type that is not known can do anything.
func HTTP(f Filter, r *matching.Request, a Around) Effect {
	if off(f) {
		return Effect{}
	}
	for _, t := range istioTypes {
		if f.Type == t {
			return Effect{}
		}
	}
	if f.Type == "envoy.extensions.common.matching.v3.ExtensionWithMatcher" {
		return matched(f, r, a)
	}
	if rule, ok := httpRules[kind(f.Type)]; ok {
		return rule(f, r, a)
	}
	return Effect{Free: true}
}

// kind is the part of a type's name that tells filters apart; empty for a type that is no HTTP filter of Envoy's.
func kind(typ string) string {
	rest, ok := strings.CutPrefix(typ, "envoy.extensions.filters.http.")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ".")
	return name
}

// off reports whether a filter is switched off: it is disabled, and no route enables it; or a route disables it.
func off(f Filter) bool {
	if f.RouteType == "envoy.config.route.v3.FilterConfig" {
		return f.Route.Flag("disabled")
	}
	if f.Route.Flag("disabled") {
		return true
	}
	return f.Disabled && f.Route == nil
}

// override is the configuration of the route for the filter where it has one of the filter's own type, else the filter's.
func (f Filter) override() message.Message {
	if f.Route == nil {
		return f.Config
	}
	if f.RouteType == "envoy.config.route.v3.FilterConfig" {
		if _, config := f.Route.Any("config"); config != nil {
			return config
		}
		return f.Config
	}
	return f.Route
}

func load(status int, details string) rule {
	return func(Filter, *matching.Request, Around) Effect {
		return Effect{Ends: UnderLoad, Answers: []Answer{{Status: status, Details: details}}}
	}
}

func hides(names ...string) rule {
	return func(Filter, *matching.Request, Around) Effect { return Effect{Hides: names} }
}

func anyHeader(Filter, *matching.Request, Around) Effect { return Effect{HidesAll: true} }

// matched is a filter inside a matcher: for which requests it acts is not worked out.
func matched(f Filter, r *matching.Request, a Around) Effect {
	typ, config := f.Config.At("extension_config").Any("typed_config")
	if typ == "" {
		return Effect{Refused: true}
	}
	e := HTTP(Filter{Name: f.Name, Type: typ, Config: config}, r, a)
	if e.Harmless() || e.Refused {
		return e
	}
	if e.Ends == Always {
		e.Ends = Perhaps
	}
	for _, w := range e.Writes {
		e.Hides = append(e.Hides, w.Name)
	}
	e.Writes = nil
	e.BackFree, e.Back = e.BackFree || len(e.Back) > 0, nil
	return e
}

// wasm is code that is not in the manifest. What stands for a filter that was compiled into old proxies only watches.
func wasm(f Filter, _ *matching.Request, _ Around) Effect {
	vm := f.Config.At("config", "vm_config")
	if vm.Text("runtime") == "envoy.wasm.runtime.null" {
		switch vm.At("code", "local").Text("inline_string") {
		case "envoy.wasm.stats", "envoy.wasm.metadata_exchange", "envoy.wasm.stackdriver", "envoy.wasm.access_log_policy":
			return Effect{}
		}
	}
	return Effect{Free: true}
}

// Likely returns the answers that a filter which can do anything gives most often.
func Likely(f Filter) []Answer {
	switch kind(f.Type) {
	case "ext_authz":
		out := []Answer{{Status: 403, Flags: []string{"UAEX"}, Details: "ext_authz_denied"}, {Status: 401, Flags: []string{"UAEX"}, Details: "ext_authz_denied"},
			{Status: 302, Flags: []string{"UAEX"}, Details: "ext_authz_denied"}}
		if n := status(f.Config.At("status_on_error")); n != 0 {
			out = append(out, Answer{Status: n, Flags: []string{"UAEX"}, Details: "ext_authz_error"})
		}
		return out
	case "ext_proc":
		return []Answer{{Status: 500, Details: "ext_proc_error_gRPC_error_14"}, {Status: 504, Details: "ext_proc_error_per-message_timeout_exceeded"}}
	case "wasm":
		return []Answer{{Status: 403}, {Status: 401}, {Status: 500, Flags: []string{"NFCF"}}}
	case "grpc_json_transcoder":
		return []Answer{{Status: 400}, {Status: 404}, {Status: 415}}
	}
	return nil
}
