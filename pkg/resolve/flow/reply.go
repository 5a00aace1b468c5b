package flow

import (
	"slices"
	"strings"
)

// Grpc turns an answer of a proxy's own into what a gRPC client sees: HTTP 200 with a grpc-status and the body as the message.
func (f Flow) Grpc(o Outcome) Outcome {
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

// Replies makes an outcome of an answer that a proxy gives itself.
func (f Flow) Replies(status int, reason Reason, details string, flags ...string) Outcome {
	return f.Grpc(f.Delayed(Outcome{Kind: Answered, Status: status, Reason: reason, Details: details, Flags: flags, AnsweredBy: []Party{f.At}}))
}

// Cut is a connection that a server's proxy cuts off, as the caller sees it: TLS of its own that no proxy wrapped breaks off.
func (f Flow) Cut(o Outcome) Outcome {
	if f.Payload() == AppTLS && o.Kind == "" && !f.Wire.L7 && f.Wire.Transport == Plaintext {
		o = f.Closed(o)
		if !f.Wire.Proxied {
			o.Failure = NoFailure
		}
	}
	return o
}

// Closed is a closed connection as the caller sees it: its own TLS breaks off, anything else is reset.
func (f Flow) Closed(o Outcome) Outcome {
	o.Failure, o.Kind, o.CurlExit = Terminated, Reset, 56
	if f.Payload() == AppTLS {
		o.Kind, o.CurlExit = TLSFailure, 35
	}
	return o
}

func (f Flow) Delayed(o Outcome) Outcome {
	if f.Delay > 0 {
		o.After += f.Delay
		o.Slow = append(slices.Clone(o.Slow), f.Slowed()...)
	}
	return o
}

// Slowed is responsible for the delay of this proxy's own.
func (f Flow) Slowed() []Responsible {
	if f.Delay == 0 {
		return nil
	}
	return By(Cause, f.Route.Ref.At(f.Route.Ref.Field+".fault.delay"))
}
