package message

import (
	"maps"
	"slices"
)

// Merge returns base with a patch merged into it, the way in which istiod merges messages (pkg/proto/merge): lists are appended, maps
// take the patch's entries whole, messages are merged field by field, anything else is replaced. What a patch sets to its zero value it
// does not set. Neither of the two is changed.
func Merge(base, patch Message) Message { return merge(base, patch, false) }

// MergeReplacingLists is Merge but for lists, which the patch's take the place of (operation MERGE_AND_REPLACE_LIST).
func MergeReplacingLists(base, patch Message) Message { return merge(base, patch, true) }

func merge(base, patch Message, replaceLists bool) Message {
	out := maps.Clone(base)
	if out == nil {
		out = Message{}
	}
	for key, v := range patch {
		field := snake(key)
		if key == "@type" {
			field = key
		}
		if zero(field, v) && !wrapped(field, base, v) {
			continue
		}
		was := out.Get(field)
		delete(out, camel(field))
		for _, other := range alternatives(field) {
			delete(out, other)
			delete(out, camel(other))
		}
		out[field] = mergeValue(field, was, v, replaceLists)
	}
	return out
}

func mergeValue(field string, was, v any, replaceLists bool) any {
	switch y := v.(type) {
	case []any:
		x, _ := was.([]any)
		if replaceLists {
			return y
		}
		return slices.Concat(x, y)
	case map[string]any:
		x, ok := was.(map[string]any)
		if !ok {
			return y
		}
		if slices.Contains(mapFields, field) {
			entries := maps.Clone(x)
			maps.Copy(entries, y)
			return entries
		}
		if Message(y).Has("@type") {
			return y // google.protobuf.Any: bytes, of which istiod does not see the inside here
		}
		return map[string]any(merge(x, y, replaceLists))
	}
	return v
}

// zero reports whether a field's value is one that a message does not tell from a field that is not given: false, 0, the empty text, the
// first name of an enumeration.
func zero(field string, v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case float64:
		return x == 0
	case string:
		return x == "" || x == firstNames[field]
	case []any:
		return len(x) == 0
	}
	return false
}

// wrapped reports whether a zero value does set a field: one of a wrapper's type that had no value. Over a value it merges nothing.
func wrapped(field string, base Message, v any) bool {
	_, flag := v.(bool)
	_, number := v.(float64)
	return (flag || number) && slices.Contains(wrapperFields, field) && !base.Has(field)
}

// firstNames are the names of the values 0 of the enumerations that patches set, by field.
var firstNames = map[string]string{"forward_client_cert_details": "SANITIZE", "server_header_transformation": "OVERWRITE",
	"path_with_escaped_slashes_action": "IMPLEMENTATION_SPECIFIC_DEFAULT", "headers_with_underscores_action": "ALLOW", "codec_type": "AUTO",
	"require_tls": "NONE", "type": "STATIC", "lb_policy": "ROUND_ROBIN", "dns_lookup_family": "AUTO", "response_code": "MOVED_PERMANENTLY",
	"append_action": "APPEND_IF_EXISTS_OR_ADD", "action": "ALLOW"}

// wrapperFields are fields of type google.protobuf.BoolValue and UInt32Value among those that patches set.
var wrapperFields = []string{"use_remote_address", "normalize_path", "generate_request_id", "clear_route_cache", "enabled", "enable_connect",
	"max_request_headers_kb", "max_headers_count", "failure_mode_allow", "pass_through_mode", "allow_chunked_length", "per_connection_buffer_limit_bytes"}

// mapFields are fields that are maps and whose values are messages: an entry is replaced whole.
var mapFields = []string{"typed_per_filter_config", "typed_extension_protocol_options", "filter_metadata", "typed_filter_metadata", "policies", "source_codes",
	"providers", "requirement_map"}

// oneofs are the groups of fields of which a message has one at most.
var oneofs = [][]string{
	{"route", "redirect", "direct_response", "filter_action", "non_forwarding_action"},
	{"cluster", "cluster_header", "weighted_clusters", "cluster_specifier_plugin", "inline_cluster_specifier_plugin"},
	{"prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy"},
	{"host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header", "host_rewrite_path_regex"},
	{"route_config", "rds", "scoped_routes"},
	{"typed_config", "config_discovery"},
	{"http_service", "grpc_service"},
}

// alternatives are the other fields of the group that a field belongs to.
func alternatives(field string) []string {
	for _, group := range oneofs {
		if slices.Contains(group, field) {
			return slices.DeleteFunc(slices.Clone(group), func(f string) bool { return f == field })
		}
	}
	return nil
}
