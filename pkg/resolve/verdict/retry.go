package verdict

import (
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// defaultRetry is what Istio gives a route that says nothing (pilot/pkg/networking/core/route/retry/retry.go).
var defaultRetry = flow.Retry{Attempts: 2, On: []string{"connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"}}

// InboundRetry is what a server's proxy does towards its own application.
var InboundRetry = flow.Retry{Attempts: 2, On: []string{"reset-before-request"}, SameHost: true}

// RetryOf reads a VirtualService's or the mesh's policy; nil is Istio's default. Numbers in retryOn are status codes.
func RetryOf(p *networking.HTTPRetry) flow.Retry {
	if p == nil {
		return defaultRetry
	}
	if p.Attempts <= 0 {
		return flow.Retry{}
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
		if len(r.Codes) > 0 && !r.Includes("retriable-status-codes") {
			r.On = append(r.On, "retriable-status-codes")
		}
	}
	r.PerTry = p.PerTryTimeout.AsDuration()
	r.SameHost = p.RetryIgnorePreviousHosts != nil && !p.RetryIgnorePreviousHosts.Value
	return r
}
