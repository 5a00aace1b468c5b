package route

import (
	"cmp"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy"
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
		path, _ = envoy.ParseExpression(rw.UriRegexRewrite.Match).Replace(path, rw.UriRegexRewrite.Rewrite) // it is known: the stage route bounds it
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
