package route

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Respond ends requests that the route answers itself: by a redirect or a direct response.
func Respond(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Route == nil || f.Route.Route == nil {
		return flow.Result{}
	}
	h := f.Route.Route.HTTP
	switch {
	case h.Redirect != nil:
		code := int(h.Redirect.RedirectCode)
		if code == 0 {
			code = 301
		}
		switch code {
		case 301, 302, 303, 307, 308:
		default:
			return flow.Result{} // a route without an action
		}
		at := h.Part("redirect")
		o := f.Replies(code, flow.Redirected, "direct_response")
		o.Location, o.By = location(f, redirectOf(s, f)), flow.By(flow.Cause, at)
		r := flow.End(o)
		r.Resource, r.Args = at, []string{o.Location}
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true, Matches: evidence.True}}
		return r
	case h.DirectResponse != nil:
		at, why := h.Part("directResponse"), flow.DirectlyAnswered
		if f.Route.Route.VS.GatewayAPI {
			why = flow.BackendInvalid // what a rule without a backend that receives requests is made into
		}
		o := f.Replies(int(h.DirectResponse.Status), why, "direct_response")
		o.Body, o.By = h.DirectResponse.GetBody().GetString_(), flow.By(flow.Cause, at)
		if b := h.DirectResponse.GetBody().GetBytes(); len(b) > 0 {
			o.Body = string(b)
		}
		r := flow.End(o)
		r.Resource = at
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true, Matches: evidence.True}}
		return r
	}
	return flow.Result{}
}

// redirectOf is the route's redirect as istiod knows it: before 1.31 a VirtualService's has no prefixRewrite.
func redirectOf(s *mesh.Snapshot, f flow.Flow) *networking.HTTPRedirect {
	r := f.Route.Route.HTTP.Redirect
	if r.PrefixRewrite == "" || f.Route.Route.VS.GatewayAPI || s.Version.Istiod.Has(release.PrefixRedirects) {
		return r
	}
	old := proto.Clone(r).(*networking.HTTPRedirect)
	old.PrefixRewrite = ""
	return old
}

// location is where a redirect points (Envoy, RouteEntryImplBase::newUri).
func location(f flow.Flow, r *networking.HTTPRedirect) string {
	scheme, host := f.SchemeHeader(), f.Message.Authority
	if r.Scheme != "" {
		scheme = r.Scheme
	}
	port := 0
	switch p := r.RedirectPort.(type) {
	case *networking.HTTPRedirect_Port:
		port = int(p.Port)
	case *networking.HTTPRedirect_DerivePort:
		if p.DerivePort == networking.HTTPRedirect_FROM_REQUEST_PORT {
			port = f.RoutePort()
		}
	}
	if r.RedirectPort != nil && (port == 80 && scheme == "http" || port == 443 && scheme == "https") {
		port = 0
	}
	if r.Authority != "" {
		host = r.Authority
	} else if r.RedirectPort != nil && port != 0 || scheme != f.SchemeHeader() && r.RedirectPort != nil {
		host = strings.TrimSuffix(host, ":"+strconv.Itoa(f.Dial.Port))
	}
	if port != 0 {
		host += ":" + strconv.Itoa(port)
	}
	path := f.Message.Path
	bare, query, hasQuery := strings.Cut(path, "?")
	switch {
	case r.PrefixRewrite != "":
		bare = r.PrefixRewrite + bare[min(len(bare), len(matchedPrefix(f))):]
	case r.Uri != "":
		bare = r.Uri
		hasQuery = hasQuery && !strings.Contains(r.Uri, "?")
	}
	if hasQuery {
		bare += "?" + query
	}
	return scheme + "://" + host + bare
}

func matchedPrefix(f flow.Flow) string {
	if m := f.Route.Route.Match; m != nil {
		return separated(m.Uri.GetPrefix(), f.Route.Route.VS.GatewayAPI)
	}
	return "/"
}

// separated is the prefix that a match really has: by the Gateway API it ends before a slash, unless it is only that
// (core/route/route.go, TranslateRouteMatch).
func separated(prefix string, gatewayAPI bool) string {
	if gatewayAPI && prefix != "/" {
		return strings.TrimSuffix(prefix, "/")
	}
	return prefix
}
