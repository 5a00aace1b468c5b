package rules

import (
	"regexp"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// anyOrigin is what a lone star allows: scheme, host and perhaps a port.
const anyOrigin = `^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$`

// corsPolicy answers preflights itself, also those that it does not allow (createCorsFilter). Before origins were patterns a star in one was text,
// a lone one too, and preflights that were not allowed went on.
func corsPolicy(f *gatewayv1.HTTPCORSFilter, patterns bool) *networking.CorsPolicy {
	out := &networking.CorsPolicy{}
	if patterns {
		out.UnmatchedPreflights = networking.CorsPolicy_IGNORE
	}
	for _, o := range f.AllowOrigins {
		origin := string(o)
		stars := strings.Count(origin, "*")
		switch {
		case origin == "":
		case !patterns:
			out.AllowOrigins = append(out.AllowOrigins, exactMatch(origin))
		case origin == "*":
			out.AllowOrigins = append(out.AllowOrigins, regexMatch(anyOrigin))
		case stars == 0:
			out.AllowOrigins = append(out.AllowOrigins, exactMatch(origin))
		case stars == 1 && strings.HasSuffix(origin, "*"):
			out.AllowOrigins = append(out.AllowOrigins, prefixMatch(strings.TrimSuffix(origin, "*")))
		default:
			out.AllowOrigins = append(out.AllowOrigins, regexMatch("^"+strings.ReplaceAll(regexp.QuoteMeta(origin), `\*`, ".*")+"$"))
		}
	}
	if ptr.Deref(f.AllowCredentials, false) {
		out.AllowCredentials = wrapperspb.Bool(true)
	}
	for _, m := range f.AllowMethods {
		out.AllowMethods = append(out.AllowMethods, string(m))
	}
	for _, h := range f.AllowHeaders {
		out.AllowHeaders = append(out.AllowHeaders, string(h))
	}
	for _, h := range f.ExposeHeaders {
		out.ExposeHeaders = append(out.ExposeHeaders, string(h))
	}
	if f.MaxAge > 0 {
		out.MaxAge = durationpb.New(time.Duration(f.MaxAge) * time.Second)
	}
	return out
}
