package effect

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// localRateLimit limits nothing unless it has a bucket and both shares, which are 0 unless given, are above it.
func localRateLimit(f Filter, _ *matching.Request, _ Around) Effect {
	c := f.override()
	if !c.Has("token_bucket") || matching.Share(c.At("filter_enabled")) == 0 || matching.Share(c.At("filter_enforced")) == 0 {
		return Effect{}
	}
	return Effect{Ends: UnderLoad, Answers: []Answer{{Status: atLeast400(c.At("status"), 429), Flags: []string{"RL"}, Details: "local_rate_limited", Body: "local_rate_limited"}}}
}

// rateLimit asks a service only where the route or the virtual host has rate limits. Where the service cannot be asked it lets pass,
// unless it is told to deny.
func rateLimit(f Filter, _ *matching.Request, a Around) Effect {
	if !a.Limited {
		return Effect{}
	}
	c := f.Config
	failed := Answer{Status: atLeast400(c.At("status_on_error"), 500), Flags: []string{"RLSE"}, Details: "rate_limiter_error"}
	deny := c.Flag("failure_mode_deny")
	switch a.cluster(service(c.At("rate_limit_service"))) {
	case evidence.False:
		if deny {
			return always(failed)
		}
		return Effect{}
	default:
		e := Effect{Ends: UnderLoad, Answers: []Answer{{Status: atLeast400(c.At("rate_limited_status"), 429), Flags: []string{"RL"}, Details: "request_rate_limited"}}}
		if deny {
			e.Answers = append(e.Answers, failed)
		}
		return e
	}
}

// buffer refuses bodies above a size.
func buffer(f Filter, _ *matching.Request, _ Around) Effect {
	return Effect{Ends: LargeBody, Answers: []Answer{{Status: 413, Details: "request_payload_too_large", Body: "Payload Too Large"}}}
}

// service is the cluster that a filter asks; empty where that is none of the proxy's.
func service(m message.Message) string {
	for _, path := range [][]string{{"grpc_service", "envoy_grpc"}, {"envoy_grpc"}} {
		if name := m.At(path...).Text("cluster_name"); name != "" {
			return name
		}
	}
	return m.At("http_service", "server_uri").Text("cluster")
}

// atLeast400 is a status of the enumeration StatusCode if it is one of an error, else the one that stands in.
func atLeast400(m message.Message, otherwise int) int {
	if n := status(m); n >= 400 {
		return n
	}
	return otherwise
}

// status reads an HttpStatus, by number or name; 0 where there is none.
func status(m message.Message) int {
	if n, ok := m.Number("code"); ok {
		return int(n)
	}
	return statusNames[m.Text("code")]
}

// statusNames are the names of the enumeration envoy.type.v3.StatusCode.
var statusNames = func() map[string]int {
	out := map[string]int{}
	for _, pair := range strings.Fields(`Continue=100 OK=200 Created=201 Accepted=202 NonAuthoritativeInformation=203 NoContent=204 ResetContent=205 PartialContent=206
		MultiStatus=207 AlreadyReported=208 IMUsed=226 MultipleChoices=300 MovedPermanently=301 Found=302 SeeOther=303 NotModified=304 UseProxy=305
		TemporaryRedirect=307 PermanentRedirect=308 BadRequest=400 Unauthorized=401 PaymentRequired=402 Forbidden=403 NotFound=404 MethodNotAllowed=405
		NotAcceptable=406 ProxyAuthenticationRequired=407 RequestTimeout=408 Conflict=409 Gone=410 LengthRequired=411 PreconditionFailed=412
		PayloadTooLarge=413 URITooLong=414 UnsupportedMediaType=415 RangeNotSatisfiable=416 ExpectationFailed=417 MisdirectedRequest=421
		UnprocessableEntity=422 Locked=423 FailedDependency=424 UpgradeRequired=426 PreconditionRequired=428 TooManyRequests=429
		RequestHeaderFieldsTooLarge=431 InternalServerError=500 NotImplemented=501 BadGateway=502 ServiceUnavailable=503 GatewayTimeout=504
		HTTPVersionNotSupported=505 VariantAlsoNegotiates=506 InsufficientStorage=507 LoopDetected=508 NotExtended=510 NetworkAuthenticationRequired=511`) {
		name, number, _ := strings.Cut(pair, "=")
		out[name], _ = strconv.Atoi(number)
	}
	return out
}()
