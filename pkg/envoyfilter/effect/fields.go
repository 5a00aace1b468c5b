package effect

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
)

// Weight is what becomes of a request where a field of a message is set.
type Weight int

// The weights, the lighter ones first.
const (
	Nothing  Weight = iota // no answer changes
	SlowOnly               // answers change for clients or applications that are slow, which is presumed of none
	Exact                  // it follows from the resources; the caller works it out
	Anything               // not worked out
	Refuses                // the proxy refuses what has it
)

// Fields are the weights of the fields of a message; a field that is not listed can do anything.
type Fields map[string]Weight

// Weigh returns the fields of a message that have a weight.
func (t Fields) Weigh(m message.Message, w Weight) []string {
	var out []string
	for _, field := range m.Fields() {
		got, ok := t[field]
		if !ok {
			got = Anything
		}
		if got == w {
			out = append(out, field)
		}
	}
	return out
}

func fields(lists map[Weight]string) Fields {
	out := Fields{}
	for w, list := range lists {
		for _, name := range strings.Fields(list) {
			out[name] = w
		}
	}
	return out
}

// ManagerFields are those of the HTTP connection manager.
var ManagerFields = fields(map[Weight]string{
	Nothing: `access_log access_log_flush_interval access_log_options flush_access_log_on_new_request flush_log_on_tunnel_successfully_established tracing stat_prefix
		server_name server_header_transformation generate_request_id preserve_external_request_id always_set_request_id_in_response request_id_extension via
		add_user_agent proxy_100_continue proxy_status_config drain_timeout drain_timeout_jitter delayed_close_timeout http2_protocol_options
		stream_error_on_invalid_http_message represent_ipv4_remote_address_as_ipv4_mapped_ipv6 add_proxy_protocol_connection_state`,
	SlowOnly: `stream_idle_timeout request_timeout request_headers_timeout stream_flush_timeout`,
	Exact: `http_protocol_options common_http_protocol_options max_request_headers_kb normalize_path merge_slashes path_with_escaped_slashes_action
		strip_matching_host_port strip_any_host_port strip_trailing_host_dot xff_num_trusted_hops use_remote_address skip_xff_append local_reply_config
		upgrade_configs route_config append_x_forwarded_port forward_client_cert_details set_current_client_cert_details`,
	Refuses: `http_filters`,
})

// HTTP1Fields are those of http_protocol_options.
var HTTP1Fields = fields(map[Weight]string{Nothing: `header_key_format enable_trailers allow_absolute_url default_host_for_http_10 send_fully_qualified_url
	override_stream_error_on_invalid_http_message`, Exact: `accept_http_10`})

// CommonHTTPFields are those of common_http_protocol_options.
var CommonHTTPFields = fields(map[Weight]string{Nothing: `idle_timeout max_connection_duration max_requests_per_connection`, SlowOnly: `max_stream_duration`,
	Exact: `headers_with_underscores_action max_headers_count`})

// TCPProxyFields are those of the TCP proxy.
var TCPProxyFields = fields(map[Weight]string{Nothing: `idle_timeout access_log access_log_flush_interval access_log_options max_connect_attempts stat_prefix
	max_downstream_connection_duration backoff_options flush_access_log_on_connected`})

// TableFields are those of a table of routes.
var TableFields = fields(map[Weight]string{
	Nothing: `name response_headers_to_add response_headers_to_remove ignore_port_in_host_matching validate_clusters most_specific_header_mutations_wins
		max_direct_response_body_size_bytes metadata`,
	Exact: `request_headers_to_add request_headers_to_remove typed_per_filter_config virtual_hosts`,
})

// HostFields are those of a virtual host.
var HostFields = fields(map[Weight]string{
	Nothing: `response_headers_to_add response_headers_to_remove retry_policy retry_policy_typed_config hedge_policy virtual_clusters include_request_attempt_count
		include_attempt_count_in_response include_is_timeout_retry_header per_request_buffer_limit_bytes request_body_buffer_limit request_mirror_policies metadata`,
	Exact: `name domains routes require_tls rate_limits cors request_headers_to_add request_headers_to_remove typed_per_filter_config`,
})

// RouteFields are those of a route.
var RouteFields = fields(map[Weight]string{
	Nothing: `name response_headers_to_add response_headers_to_remove decorator tracing metadata stat_prefix per_request_buffer_limit_bytes request_body_buffer_limit`,
	Exact:   `match route direct_response redirect request_headers_to_add request_headers_to_remove typed_per_filter_config`,
})

// ActionFields are those of a route's action.
var ActionFields = fields(map[Weight]string{
	Nothing:  `retry_policy retry_policy_typed_config hedge_policy priority hash_policy request_mirror_policies max_grpc_timeout grpc_timeout_offset early_data_policy append_x_forwarded_host`,
	SlowOnly: `timeout idle_timeout max_stream_duration flush_timeout`,
	Exact:    `cluster weighted_clusters prefix_rewrite regex_rewrite host_rewrite_literal rate_limits cors upgrade_configs`,
})

// ClusterFields are those of a cluster.
var ClusterFields = fields(map[Weight]string{
	Nothing: `alt_stat_name connect_timeout per_connection_buffer_limit_bytes upstream_connection_options dns_refresh_rate dns_failure_refresh_rate dns_jitter
		respect_dns_ttl dns_lookup_family dns_resolvers use_tcp_for_dns_lookups typed_dns_resolver_config wait_for_warm_on_init metadata lb_policy ring_hash_lb_config
		maglev_lb_config least_request_lb_config round_robin_lb_config original_dst_lb_config load_balancing_policy outlier_detection common_lb_config
		preconnect_policy track_timeout_budgets track_cluster_stats cleanup_interval close_connections_on_host_health_failure ignore_health_on_host_removal
		max_requests_per_connection common_http_protocol_options http_protocol_options connection_pool_per_downstream_connection`,
	Exact:   `name transport_socket circuit_breakers typed_extension_protocol_options http2_protocol_options`,
	Refuses: `type load_assignment cluster_type`,
})

// ListenerFields are those of a listener.
var ListenerFields = fields(map[Weight]string{
	Nothing: `per_connection_buffer_limit_bytes socket_options tcp_keepalive connection_balance_config access_log stat_prefix tcp_backlog_size enable_reuse_port
		max_connections_to_accept_per_socket_event drain_type metadata tcp_fast_open_queue_length bypass_overload_manager`,
	SlowOnly: `listener_filters_timeout`,
	Exact:    `listener_filters`,
})

// Any reports whether any of the fields of a message has a weight.
func (t Fields) Any(m message.Message, weights ...Weight) bool {
	return slices.ContainsFunc(weights, func(w Weight) bool { return len(t.Weigh(m, w)) > 0 })
}
