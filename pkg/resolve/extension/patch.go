package extension

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
)

// observing are fields of Envoy's configuration that only watch or name things; a patch of nothing else cannot change an answer.
var observing = []string{"@type", "name", "typed_config", "typedConfig", "access_log", "accessLog", "tracing", "stat_prefix", "statPrefix", "stats_tags",
	"server_name", "serverName", "server_header_transformation", "serverHeaderTransformation", "generate_request_id", "generateRequestId", "request_id_extension"}

// harmless tells a patch that only watches traffic.
func harmless(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	v := p.GetPatch().GetValue().AsMap()
	if p.GetPatch().GetOperation() != networking.EnvoyFilter_Patch_MERGE {
		url := typeURL(v)
		return strings.Contains(url, ".stats.") || strings.Contains(url, ".access_loggers.") || strings.HasSuffix(url, "AccessLog")
	}
	if c, ok := v["typed_config"].(map[string]any); ok && !onlyObserves(c) {
		return false
	}
	return len(v) > 0 && onlyObserves(v)
}

func onlyObserves(v map[string]any) bool {
	for k, x := range v {
		if !slices.Contains(observing, k) {
			return false
		}
		if m, ok := x.(map[string]any); ok && (k == "typed_config" || k == "typedConfig") && !onlyObserves(m) {
			return false
		}
	}
	return true
}

func typeURL(v map[string]any) string {
	for _, k := range []string{"typed_config", "typedConfig"} {
		if c, ok := v[k].(map[string]any); ok {
			if t, ok := c["@type"].(string); ok {
				return t
			}
			if t, ok := c["type_url"].(string); ok {
				return t
			}
		}
	}
	t, _ := v["@type"].(string)
	return t
}

// usualStatuses are what filters of a kind answer with, by a part of their type's name.
var usualStatuses = map[string][]int{"local_ratelimit": {429}, "ratelimit": {429}, "ext_authz": {403}, ".rbac.": {403}, "jwt_authn": {401}, "basic_auth": {401},
	"oauth2": {302, 401}, "csrf": {403}, "header_mutation": nil, "api_key_auth": {401}, "geoip": nil}

var (
	statusKeys = []string{"status", "status_code", "statusCode", "http_status", "httpStatus", "code", "response_code", "responseCode"}
	luaStatus  = regexp.MustCompile(`:status"?\]?\s*=\s*["']?([1-5][0-9][0-9])\b`)
)

// statusesIn collects the HTTP statuses that a patch names.
func statusesIn(v map[string]any) []int {
	out := statusesBelow("", v)
	slices.Sort(out)
	return slices.Compact(out)
}

func statusesBelow(key string, x any) []int {
	var out []int
	switch y := x.(type) {
	case map[string]any:
		for k, z := range y {
			out = append(out, statusesBelow(k, z)...)
		}
	case []any:
		for _, z := range y {
			out = append(out, statusesBelow(key, z)...)
		}
	case float64:
		if isStatus(key, y) {
			out = append(out, int(y))
		}
	case string:
		out = statusesOf(key, y)
	}
	return out
}

// isStatus reports whether a value stands where a status does, and is one.
func isStatus(key string, n float64) bool {
	return slices.Contains(statusKeys, key) && n >= 100 && n < 600
}

// statusesOf are the statuses in a text: a number in the place of one, what a Lua script answers with, what a type of filter answers with.
func statusesOf(key, text string) []int {
	var out []int
	for _, m := range luaStatus.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		out = append(out, n)
	}
	if n, err := strconv.Atoi(text); err == nil && isStatus(key, float64(n)) {
		out = append(out, n)
	}
	if key == "@type" {
		for part, usual := range usualStatuses {
			if strings.Contains(text, part) {
				out = append(out, usual...)
			}
		}
	}
	return out
}
