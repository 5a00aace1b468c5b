package resolve

import (
	"slices"
	"strconv"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
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

// defaultRetry is what Istio gives a route that says nothing (pilot/pkg/networking/core/route/retry/retry.go).
var defaultRetry = Retry{Attempts: 2, On: []string{"connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"}}

// inboundRetry is what a server's proxy does towards its own application.
var inboundRetry = Retry{Attempts: 2, On: []string{"reset-before-request"}, SameHost: true}

// retryOf reads a VirtualService's or the mesh's policy; nil is Istio's default. Numbers in retryOn are status codes.
func retryOf(p *networking.HTTPRetry) Retry {
	if p == nil {
		return defaultRetry
	}
	if p.Attempts <= 0 {
		return Retry{}
	}
	r := defaultRetry
	r.Attempts = int(p.Attempts)
	if p.RetryOn != "" {
		r.On = nil
		for _, on := range strings.Split(p.RetryOn, ",") {
			on = strings.TrimSpace(on)
			if code, err := strconv.Atoi(on); err == nil {
				r.Codes = append(r.Codes, code)
			} else {
				r.On = append(r.On, on)
			}
		}
		if len(r.Codes) > 0 && !r.on("retriable-status-codes") {
			r.On = append(r.On, "retriable-status-codes")
		}
	}
	r.PerTry = p.PerTryTimeout.AsDuration()
	r.SameHost = p.RetryIgnorePreviousHosts != nil && !p.RetryIgnorePreviousHosts.Value
	return r
}

func (r Retry) on(conditions ...string) bool {
	return slices.ContainsFunc(conditions, func(c string) bool { return slices.Contains(r.On, c) })
}

// retries tells whether a try that ended so is followed by another (Envoy, router/retry_state_impl.cc).
func (r Retry) retries(o Outcome) bool {
	if r.Attempts == 0 {
		return false
	}
	switch o.Failure {
	case ConnectRefused, HandshakeFailed:
		return r.on("connect-failure", "5xx", "gateway-error", "reset", "reset-before-request")
	case Terminated, ProtocolError:
		return r.on("5xx", "gateway-error", "reset")
	}
	if o.Kind != Answered {
		return false
	}
	switch {
	case o.Status >= 500 && r.on("5xx"),
		o.Status >= 502 && o.Status <= 504 && r.on("gateway-error"),
		o.Status == 409 && r.on("retriable-4xx"),
		r.on("retriable-status-codes") && slices.Contains(r.Codes, o.Status),
		o.GRPC == 1 && r.on("cancelled"), o.GRPC == 14 && r.on("unavailable"):
		return true
	}
	return false
}
