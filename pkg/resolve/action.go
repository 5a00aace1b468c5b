package resolve

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// cors answers the preflight requests of browsers that the route's corsPolicy allows. Other requests pass, whatever their origin.
func cors(_ *mesh.Snapshot, f Flow) Result {
	if f.Route == nil || f.Route.Route == nil || f.Route.Route.HTTP.CorsPolicy == nil {
		return Result{}
	}
	p := f.Route.Route.HTTP.CorsPolicy
	origin, hasOrigin := f.Message.Headers.Get("origin")
	_, asks := f.Message.Headers.Get("access-control-request-method")
	if f.Message.Method != "OPTIONS" || !hasOrigin || !asks {
		return Result{}
	}
	at := f.Route.Route.HTTP.Part("corsPolicy")
	allowed := false
	for _, m := range p.AllowOrigins {
		allowed = allowed || present(m) || matchText(m, origin)
	}
	for _, o := range p.AllowOrigin { //nolint:staticcheck // the old field is still served
		allowed = allowed || o == "*" || o == origin
	}
	if !allowed && p.UnmatchedPreflights != networking.CorsPolicy_IGNORE {
		r := passes(f)
		r.Resource = at
		return r
	}
	o := f.replies(200, PreflightAnswered, "cors_response")
	o.By = by(Cause, at)
	r := ends(o)
	r.Resource = at
	r.Candidates = []Candidate{{Ref: at, Applies: true, Matches: True}}
	return r
}

// respond ends requests that the route answers itself: by a redirect or a direct response.
func respond(_ *mesh.Snapshot, f Flow) Result {
	if f.Route == nil || f.Route.Route == nil {
		return Result{}
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
			return Result{} // a route without an action
		}
		at := h.Part("redirect")
		o := f.replies(code, Redirected, "direct_response")
		o.Location, o.By = f.location(h.Redirect), by(Cause, at)
		r := ends(o)
		r.Resource, r.Facts = at, []string{o.Location}
		r.Candidates = []Candidate{{Ref: at, Applies: true, Matches: True}}
		return r
	case h.DirectResponse != nil:
		at, why := h.Part("directResponse"), DirectlyAnswered
		if f.Route.Route.VS.GatewayAPI {
			why = BackendInvalid // what a rule without a backend that receives requests is made into
		}
		o := f.replies(int(h.DirectResponse.Status), why, "direct_response")
		o.Body, o.By = h.DirectResponse.GetBody().GetString_(), by(Cause, at)
		if b := h.DirectResponse.GetBody().GetBytes(); len(b) > 0 {
			o.Body = string(b)
		}
		r := ends(o)
		r.Resource = at
		r.Candidates = []Candidate{{Ref: at, Applies: true, Matches: True}}
		return r
	}
	return Result{}
}

// location is where a redirect points (Envoy, RouteEntryImplBase::newUri).
func (f Flow) location(r *networking.HTTPRedirect) string {
	scheme, host := f.scheme(), f.Message.Authority
	if r.Scheme != "" {
		scheme = r.Scheme
	}
	port := 0
	switch p := r.RedirectPort.(type) {
	case *networking.HTTPRedirect_Port:
		port = int(p.Port)
	case *networking.HTTPRedirect_DerivePort:
		if p.DerivePort == networking.HTTPRedirect_FROM_REQUEST_PORT {
			port = f.routePort()
		}
	}
	if r.RedirectPort != nil && (port == 80 && scheme == "http" || port == 443 && scheme == "https") {
		port = 0
	}
	if r.Authority != "" {
		host = r.Authority
	} else if r.RedirectPort != nil && port != 0 || scheme != f.scheme() && r.RedirectPort != nil {
		host = strings.TrimSuffix(host, ":"+strconv.Itoa(f.Dial.Port))
	}
	if port != 0 {
		host += ":" + strconv.Itoa(port)
	}
	path := f.Message.Path
	bare, query, hasQuery := strings.Cut(path, "?")
	switch {
	case r.PrefixRewrite != "":
		bare = r.PrefixRewrite + bare[min(len(bare), len(f.matchedPrefix())):]
	case r.Uri != "":
		bare = r.Uri
		hasQuery = hasQuery && !strings.Contains(r.Uri, "?")
	}
	if hasQuery {
		bare += "?" + query
	}
	return scheme + "://" + host + bare
}

// routePort is the port that routes are built for: the listener's, on a gateway the server's.
func (f Flow) routePort() int {
	if f.Gateway != nil {
		return f.Gateway.Number()
	}
	return f.Dial.Port
}

func (f Flow) matchedPrefix() string {
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

// rewrite changes the request as the route and the destination say. What a route sends on is what the next hop's policies see.
func (f Flow) rewrite(to *networking.Headers_HeaderOperations) Flow {
	if f.Route == nil || f.Route.Route == nil {
		return f
	}
	h, m := f.Route.Route.HTTP, f.Route.Route.Match
	ops := h.Headers.GetRequest()
	if len(h.Route) == 1 {
		f.Message = f.Message.mutate(ops, to)
	} else {
		f.Message = f.Message.mutate(to).mutate(ops)
	}
	rw := h.Rewrite
	path, query, hasQuery := strings.Cut(f.Message.Path, "?")
	switch {
	case rw.GetUriRegexRewrite() != nil:
		path = substitute(rw.UriRegexRewrite.Match, path, rw.UriRegexRewrite.Rewrite)
	case rw.GetUri() != "":
		path = rewriteURI(path, rw.Uri, m, f.Route.Route.VS.GatewayAPI)
	}
	if hasQuery {
		path += "?" + query
	}
	f.Message.Path = path
	f.Message.Authority = cmp.Or(rw.GetAuthority(), authority(ops), authority(to), f.Message.Authority)
	return f
}

func rewriteURI(path, uri string, m *networking.HTTPMatchRequest, gatewayAPI bool) string {
	switch {
	case m.GetUri().GetExact() != "" || m.GetUri().GetRegex() != "":
		return uri
	case m.GetUri() == nil:
		return uri + strings.TrimPrefix(path, "/")
	}
	prefix := separated(m.Uri.GetPrefix(), gatewayAPI)
	rest := path[min(len(path), len(prefix)):]
	if gatewayAPI && uri == "/" {
		return "/" + strings.TrimPrefix(rest, "/")
	}
	return uri + rest
}

// substitute replaces what an expression matches, with \1 for its first group, as RE2 does.
func substitute(expr, s, with string) string {
	re, err := regexp.Compile(expr)
	if err != nil {
		return s
	}
	template := backslash.ReplaceAllString(strings.ReplaceAll(with, "$", "$$"), "$${$1}")
	return re.ReplaceAllString(s, template)
}

var backslash = regexp.MustCompile(`\\([0-9])`)
