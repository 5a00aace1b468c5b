package verdict

import (
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// defaultRetry is what Istio gives a route that says nothing (pilot/pkg/networking/core/route/retry/retry.go).
var defaultRetry = flow.Retry{Attempts: 2, On: []string{"connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"}}

// InboundRetry is what a server's proxy does towards its own application; before Istio 1.24 it does not try again
// (pilot/pkg/networking/core/route/route.go, BuildDefaultHTTPInboundRoute).
func InboundRetry(s *mesh.Snapshot) flow.Retry {
	if !s.Follows(release.InboundRetries, "ENABLE_INBOUND_RETRY_POLICY") {
		return flow.Retry{}
	}
	return flow.Retry{Attempts: 2, On: []string{"reset-before-request"}, SameHost: true}
}

// RetryOf reads a VirtualService's or the mesh's policy; nil is Istio's default, by which before Istio 1.24 an answer of 503 is asked for again too.
// Numbers in retryOn are status codes.
func RetryOf(s *mesh.Snapshot, p *networking.HTTPRetry) flow.Retry {
	r := defaultRetry
	if !s.Follows(release.Status503NotRetried, "EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY") {
		r.Codes = []int{503}
	}
	if p == nil {
		return r
	}
	if p.Attempts <= 0 {
		return flow.Retry{}
	}
	r.Attempts = int(p.Attempts)
	if p.RetryOn != "" {
		r.On, r.Codes = nil, nil
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
