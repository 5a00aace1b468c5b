package flow

import (
	"slices"
	"time"
)

// Retry is a route's retry policy.
type Retry struct {
	Attempts   int // tries after the first one
	On         []string
	Codes      []int
	PerTry     time.Duration // 0 for none
	SameHost   bool          // a retry may go to the host that was tried before
	RequestKey bool          // the host is chosen by a hash of the request, so that retries go to the same one
}

// Includes reports whether the policy has any of the conditions of retryOn.
func (r Retry) Includes(conditions ...string) bool {
	return slices.ContainsFunc(conditions, func(c string) bool { return slices.Contains(r.On, c) })
}

// Retries reports whether a try that ended so is followed by another (Envoy, router/retry_state_impl.cc).
func (r Retry) Retries(o Outcome) bool {
	if r.Attempts == 0 {
		return false
	}
	switch o.Failure {
	case ConnectRefused, HandshakeFailed:
		return r.Includes("connect-failure", "5xx", "gateway-error", "reset", "reset-before-request")
	case Terminated, ProtocolError, TunnelDenied, TunnelFailed, TunnelAnswered:
		return r.Includes("5xx", "gateway-error", "reset")
	}
	if o.Kind != Answered {
		return false
	}
	switch {
	case o.Status >= 500 && r.Includes("5xx"),
		o.Status >= 502 && o.Status <= 504 && r.Includes("gateway-error"),
		o.Status == 409 && r.Includes("retriable-4xx"),
		r.Includes("retriable-status-codes") && slices.Contains(r.Codes, o.Status),
		o.GRPC == 1 && r.Includes("cancelled"), o.GRPC == 14 && r.Includes("unavailable"):
		return true
	}
	return false
}
