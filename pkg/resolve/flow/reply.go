package flow

import "slices"

// AsGRPC turns an answer of a proxy's own into what a gRPC client sees: HTTP 200 with a grpc-status and the body as the message.
func (f Flow) AsGRPC(o Outcome) Outcome {
	if !f.Message.Headers.IsGRPC() {
		return o
	}
	return asGRPC(o)
}

// Replies makes an outcome of an answer that a proxy gives itself.
func (f Flow) Replies(status int, reason Reason, details string, flags ...string) Outcome {
	return f.AsGRPC(f.Delayed(Outcome{Kind: Answered, Status: status, Reason: reason, Details: details, Flags: flags, AnsweredBy: []Party{f.At}}))
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
func (f Flow) Closed(o Outcome) Outcome { return closed(o, f.Payload() == AppTLS) }

// Delayed adds the delay of this proxy's own to an outcome.
func (r Routed) Delayed(o Outcome) Outcome {
	if r.Delay > 0 {
		o.After += r.Delay
		o.Slow = append(slices.Clone(o.Slow), r.Slowed()...)
	}
	return o
}

// Slowed is responsible for the delay of this proxy's own.
func (r Routed) Slowed() []Responsible {
	if r.Delay == 0 {
		return nil
	}
	if !r.DelayedBy.IsZero() {
		return By(Cause, r.DelayedBy)
	}
	return By(Cause, r.Route.Ref.At(r.Route.Ref.Field+".fault.delay"))
}
