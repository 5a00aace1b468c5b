package route

import (
	"cmp"
	"regexp"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Rewrite changes the request as the route and the destination say. What a route sends on is what the next hop's policies see.
func Rewrite(f flow.Flow, to *networking.Headers_HeaderOperations) flow.Flow {
	if f.Route == nil || f.Route.Route == nil {
		return f
	}
	h, m := f.Route.Route.HTTP, f.Route.Route.Match
	ops := h.Headers.GetRequest()
	if len(h.Route) == 1 {
		f.Message = mutate(f.Message, ops, to)
	} else {
		f.Message = mutate(mutate(f.Message, to), ops)
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
