package verdict

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// answer is what a proxy that speaks HTTP says of what it got.
func answer(r *flow.Response, o flow.Outcome, retried bool) flow.Outcome {
	if o.Failure == flow.NoFailure {
		return o // the last answer is handed on as it is; only this proxy's log tells of the tries
	}
	reason, detail, flag := "connection termination", "connection_termination", "UC"
	switch o.Failure {
	case flow.ConnectRefused:
		reason, flag = "remote connection failure", "UF"
		detail = "remote_connection_failure|delayed_connect_error:_Connection_refused"
	case flow.HandshakeFailed:
		reason, flag = "remote connection failure", "UF"
		detail = "remote_connection_failure|" + strings.ReplaceAll(o.TLS, " ", "_")
	case flow.ProtocolError:
		reason, detail, flag = "protocol error", "protocol_error", "UPE"
	}
	flags := []string{flag}
	body := "upstream connect error or disconnect/reset before headers. "
	if retried {
		flags = []string{"URX", flag}
		body += "retried and the latest "
	}
	status := 503
	if o.Failure == flow.ProtocolError {
		status = 502
	}
	o.Body = body + "reset reason: " + reason
	if r.Tells {
		o.Body += transportReason(o)
	}
	o.Details = "upstream_reset_before_response_started{" + detail + "}"
	o.Flags, o.AnsweredBy = flags, []flow.Party{r.Party}
	o.Kind, o.Status, o.CurlExit, o.Failure, o.TLS = flow.Answered, status, 0, flow.NoFailure, ""
	return r.AsGRPC(o)
}

// transportReason is what older proxies add of the transport (Envoy before 1.38.1, hide_transport_failure_reason_in_response_body).
func transportReason(o flow.Outcome) string {
	switch o.Failure {
	case flow.ConnectRefused:
		return ", transport failure reason: delayed connect error: Connection refused"
	case flow.HandshakeFailed:
		return ", transport failure reason: " + o.TLS
	}
	return ""
}
