package nacked

import (
	"strconv"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// FrozenRoutes finds what makes Envoy refuse the whole table of routes that the request would be looked up in.
func FrozenRoutes(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Table == nil || f.Passthrough {
		return flow.Result{}
	}
	type key struct{ table *config.RouteTable }
	causes := mesh.Derive(s, key{f.Table}, func() []mesh.Ref { return nackCausesIn(f.Table.Hosts) })
	if f.Listener != nil && f.Listener.Only != nil && f.VHost != nil {
		causes = nackCausesIn([]*config.VirtualHost{f.VHost}) // a table of its own
	}
	r := keeps(f, causes)
	for _, p := range causes {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteRoutesFrozen, Resource: p, Args: []string{strconv.Itoa(f.RoutePort())}})
	}
	return r
}

func nackCausesIn(hosts []*config.VirtualHost) []mesh.Ref {
	var causes []mesh.Ref
	seen := map[mesh.Ref]bool{}
	for _, h := range hosts {
		for i := range h.Routes {
			if at, bad := Refuses(&h.Routes[i]); bad && !seen[at] {
				seen[at] = true
				causes = append(causes, at)
			}
		}
	}
	return causes
}

// Refuses reports whether Envoy refuses a route, and which field of it (Envoy's validation of its own API).
func Refuses(r *config.Route) (mesh.Ref, bool) {
	at := func(field string) (mesh.Ref, bool) { return r.HTTP.Ref.At(r.HTTP.Ref.Field + "." + field), true }
	h := r.HTTP
	if field := badExpression(r.Match); field != "" {
		return r.Ref.At(r.Ref.Field + "." + field), true
	}
	status := func(n uint32) bool { return n >= 200 && n < 600 }
	switch {
	case h.Redirect != nil:
		switch h.Redirect.RedirectCode {
		case 0, 301, 302, 303, 307, 308:
		default:
			return at("redirect.redirectCode")
		}
	case h.DirectResponse != nil:
		if !status(h.DirectResponse.Status) {
			return at("directResponse.status")
		}
	case len(h.Route) != 1 && allZero(h.Route): // none at all: a delegate's own delegate is not followed
		return at("route")
	}
	if e, ok := h.Fault.GetAbort().GetErrorType().(*networking.HTTPFaultInjection_Abort_HttpStatus); ok && !status(uint32(e.HttpStatus)) {
		return at("fault.abort.httpStatus")
	}
	if m := h.Rewrite.GetUriRegexRewrite().GetMatch(); m != "" && badRegex(m) {
		return at("rewrite.uriRegexRewrite.match")
	}
	for i, o := range h.CorsPolicy.GetAllowOrigins() {
		if badRegex(o.GetRegex()) {
			return at("corsPolicy.allowOrigins[" + strconv.Itoa(i) + "].regex")
		}
	}
	return mesh.Ref{}, false
}

func allZero(routes []*networking.HTTPRouteDestination) bool {
	for _, d := range routes {
		if d.Weight != 0 {
			return false
		}
	}
	return true
}

// badExpression names the field of a match whose regular expression does not compile.
func badExpression(m *networking.HTTPMatchRequest) string {
	if m == nil {
		return ""
	}
	for name, x := range map[string]*networking.StringMatch{"uri": m.Uri, "method": m.Method, "authority": m.Authority, "scheme": m.Scheme} {
		if badRegex(x.GetRegex()) {
			return name + ".regex"
		}
	}
	for list, fields := range map[string]map[string]*networking.StringMatch{"headers": m.Headers, "withoutHeaders": m.WithoutHeaders, "queryParams": m.QueryParams} {
		for name, x := range fields {
			if badRegex(x.GetRegex()) {
				return list + "[" + name + "].regex"
			}
			if list != "queryParams" && route.AsksClaim(name) && x.GetMatchType() == nil {
				return list + "[" + name + "]" // a claim cannot be asked for its presence
			}
		}
	}
	return ""
}

// badRegex tells an expression that RE2 refuses; "*" stands for presence and never becomes one.
func badRegex(expr string) bool {
	if expr == "" || expr == "*" {
		return false
	}
	return envoy.ParseExpression(expr).Refused()
}
