package flow

import (
	"slices"
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Response is how a proxy hands back what comes to it from behind a stage: what it tries again, how long it waits, and what it says itself
// where no answer comes. Package verdict applies it.
type Response struct {
	Party     Party
	HTTP      bool // the proxy reads HTTP and makes an answer of a failure; else it closes the connection
	GRPC      bool // the client speaks gRPC
	ClientTLS bool // the client's own TLS goes through: it breaks off, where plain bytes are reset
	HandsOn   bool // TLS that the proxy does not take off: a handshake fails at its other end

	Tells bool // the answer to what cannot be sent on tells the transport's reason too

	Turns map[Failure]Failure // what a ztunnel before the pod makes of a failure; nil for a proxy that has opened the connection itself
	Says  map[Failure]string  // what a ztunnel logs of a failure; one that it does not know it hands on as it is

	Retry   Retry
	Timeout time.Duration // of the route; 0 for none
	Route   RouteChoice   // what the two come from

	Rewrites []Rewrite // what extensions make of answers, one after the other; a Response that has any does nothing else

	Delay   time.Duration // by a fault of this proxy's own; it comes before the route's clock starts
	DelayBy []Responsible
}

// Rewrite is what a filter of an extension makes of answers, or the connection manager: the first mapping that holds counts.
type Rewrite struct {
	Mappings []effect.Mapping
	By       mesh.Ref
}

// Responds is how the proxy that handles the request now hands answers back under a route's policy.
func (f Flow) Responds(s *mesh.Snapshot, route RouteChoice) *Response {
	r := &Response{Party: f.At, HTTP: f.L7, ClientTLS: f.Payload() == AppTLS, HandsOn: f.TLSPassthrough,
		Tells: !ProxyRelease(s, f.Pod).Has(release.ReasonsHidden)}
	if f.L7 {
		r.GRPC, r.Retry, r.Timeout, r.Route, r.Delay, r.DelayBy = f.Message.Headers.IsGRPC(), route.Retry, route.Timeout, route, f.Delay, f.Slowed()
	}
	return r
}

// Replies makes an outcome of an answer that the proxy gives itself.
func (r *Response) Replies(status int, reason Reason, details string, flags ...string) Outcome {
	return r.AsGRPC(r.Delayed(Outcome{Kind: Answered, Status: status, Reason: reason, Details: details, Flags: flags, AnsweredBy: []Party{r.Party}}))
}

// AsGRPC turns an answer of a proxy's own into what a gRPC client sees: HTTP 200 with a grpc-status, and no body
// (envoy: source/common/grpc/common.cc, Utility::httpToGrpcStatus).
func (r *Response) AsGRPC(o Outcome) Outcome {
	if !r.GRPC {
		return o
	}
	return asGRPC(o)
}

// Delayed adds the delay of the proxy's own to an outcome.
func (r *Response) Delayed(o Outcome) Outcome {
	if r.Delay > 0 {
		o.After += r.Delay
		o.Slow = append(slices.Clone(o.Slow), r.DelayBy...)
	}
	return o
}

// Closed is a connection that the proxy closes, as the caller sees it: its own TLS breaks off, anything else is reset.
func (r *Response) Closed(o Outcome) Outcome { return closed(o, r.ClientTLS) }

func closed(o Outcome, clientTLS bool) Outcome {
	o.Failure, o.Kind, o.CurlExit = Terminated, Reset, 56
	if clientTLS {
		o.Kind, o.CurlExit = TLSFailure, 35
	}
	return o
}

func asGRPC(o Outcome) Outcome {
	if o.Kind != Answered {
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

// Part is a part of the route's entry: timeout, retries.perTryTimeout. For a default route it is the host.
func (r *Response) Part(path string) mesh.Ref { return r.Route.Part(path) }
