package resolve

import (
	"strings"
)

// answer is what a proxy that speaks HTTP says of what it got.
func (f Flow) answer(o Outcome, party Party, retried bool) Outcome {
	if o.Failure == NoFailure {
		return o // the last answer is handed on as it is; only this proxy's log tells of the tries
	}
	reason, detail, flag := "connection termination", "connection_termination", "UC"
	switch o.Failure {
	case ConnectRefused:
		reason, flag = "remote connection failure", "UF"
		detail = "remote_connection_failure|delayed_connect_error:_Connection_refused"
	case HandshakeFailed:
		reason, flag = "remote connection failure", "UF"
		detail = "remote_connection_failure|" + strings.ReplaceAll(o.TLS, " ", "_")
	case ProtocolError:
		reason, detail, flag = "protocol error", "protocol_error", "UPE"
	}
	flags := []string{flag}
	body := "upstream connect error or disconnect/reset before headers. "
	if retried {
		flags = []string{"URX", flag}
		body += "retried and the latest "
	}
	status := 503
	if o.Failure == ProtocolError {
		status = 502
	}
	o.Body = body + "reset reason: " + reason
	o.Details = "upstream_reset_before_response_started{" + detail + "}"
	o.Flags, o.AnsweredBy = flags, []Party{party}
	o.Kind, o.Status, o.CurlExit, o.Failure, o.TLS = Answered, status, 0, NoFailure, ""
	return f.grpc(o)
}

// grpc turns an answer of a proxy's own into what a gRPC client sees: HTTP 200 with a grpc-status and the body as the message.
func (f Flow) grpc(o Outcome) Outcome {
	if t, _ := f.Message.Headers.Get("content-type"); o.Kind != Answered || t != "application/grpc" && !strings.HasPrefix(t, "application/grpc+") {
		return o
	}
	switch o.Status {
	case 200:
		return o
	case 400:
		o.GRPC = 13
	case 401:
		o.GRPC = 16
	case 403:
		o.GRPC = 7
	case 404:
		o.GRPC = 12
	case 429, 502, 503, 504:
		o.GRPC = 14
	default:
		o.GRPC = 2
	}
	o.Status, o.Body = 200, ""
	return o
}

// replies makes an outcome of an answer that a proxy gives itself.
func (f Flow) replies(status int, reason Reason, details string, flags ...string) Outcome {
	return f.grpc(f.delayed(Outcome{Kind: Answered, Status: status, Reason: reason, Details: details, Flags: flags, AnsweredBy: []Party{f.At}}))
}
