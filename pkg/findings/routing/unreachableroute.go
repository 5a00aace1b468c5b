package routing

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unreachableRoute: the first route that matches takes the request, so that a narrower one behind a wider one never gets any. It is told
// where the narrower one would have taken this request.
func unreachableRoute(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		if h.Left.Route == nil || h.Left.Route.Route == nil || h.Left.VHost == nil || h.Left.Route.Route.VS.Made() {
			continue
		}
		e := h.Left.Route.Route
		covered := coveredBy(h, e)
		if len(covered) == 0 || e.HTTP.Ref.Object() != e.VS.Ref {
			continue // of a delegate: which one stands before which is the root's affair
		}
		if next, ok := routeBehind(w, e.HTTP.Ref, h.Role); ok && slices.Contains(covered, next) {
			out = append(out, walk.Found(RouteUnreachable, next, e.Ref.ID(), e.Ref.Field))
		}
	}
	return out
}

// coveredBy lists the entries behind a route that it covers: those of its own VirtualService, and on a gateway those that were put
// together with it.
func coveredBy(h *walk.Hop, e *config.Route) []mesh.Ref {
	var out []mesh.Ref
	behind := false
	for _, r := range e.VS.HTTP {
		if behind && !sameAction(e.HTTP.HTTPRoute, r.HTTPRoute) {
			covers := func(m *networking.HTTPMatchRequest) bool { return covers(e, m) }
			if len(r.Match) == 0 && covers(nil) || len(r.Match) > 0 && !slices.ContainsFunc(r.Match, func(m *networking.HTTPMatchRequest) bool { return !covers(m) }) {
				out = append(out, r.Ref)
			}
		}
		behind = behind || r.Ref == e.HTTP.Ref
	}
	behind = false
	for i := range h.Left.VHost.Routes {
		r := &h.Left.VHost.Routes[i]
		if behind && r.VS != e.VS && !r.VS.Made() && covers(e, r.Match) && !sameAction(e.HTTP.HTTPRoute, r.HTTP.HTTPRoute) {
			out = append(out, r.HTTP.Ref)
		}
		behind = behind || r.Ref == e.Ref
	}
	return out
}

// covers reports whether a route takes everything that another match would. What holds for some proxies only covers nothing.
func covers(e *config.Route, m *networking.HTTPMatchRequest) bool {
	a := e.Match
	switch {
	case a == nil:
		return true
	case len(a.SourceLabels) > 0 || a.SourceNamespace != "" || len(a.Gateways) > 0 || a.Port != 0:
		return false
	case e.CatchAll():
		return true
	case len(a.Headers) > 0 || len(a.WithoutHeaders) > 0 || len(a.QueryParams) > 0 || a.Method != nil || a.Authority != nil || a.Scheme != nil:
		return false
	case a.Uri.GetPrefix() == "" || m == nil || m.IgnoreUriCase && !a.IgnoreUriCase:
		return false
	}
	path := m.Uri.GetExact() + m.Uri.GetPrefix()
	if a.IgnoreUriCase {
		return strings.HasPrefix(strings.ToLower(path), strings.ToLower(a.Uri.GetPrefix()))
	}
	return strings.HasPrefix(path, a.Uri.GetPrefix())
}

// sameAction reports whether two entries do the same with what they match.
func sameAction(a, b *networking.HTTPRoute) bool {
	a, b = a.DeepCopy(), b.DeepCopy()
	for _, r := range []*networking.HTTPRoute{a, b} {
		r.Match, r.Name = nil, ""
	}
	return proto.Equal(a, b)
}

// routeBehind is the entry that takes the request where another one is taken out.
func routeBehind(w *walk.Walk, entry mesh.Ref, role flow.Role) (mesh.Ref, bool) {
	v, ok, _ := w.Snapshot.VirtualServices.Get(entry.Namespace, entry.Name)
	if !ok {
		return mesh.Ref{}, false
	}
	at := -1
	for i := range v.Spec.Http {
		if entry.Field == entryField(i) {
			at = i
		}
	}
	if at < 0 {
		return mesh.Ref{}, false
	}
	less := v.DeepCopy()
	less.Spec.Http = slices.Delete(less.Spec.Http, at, at+1)
	for _, h := range w.Rerun(w.Snapshot.Put(less)).Senders() {
		if h.Role != role || h.Left.Route == nil || h.Left.Route.Route == nil {
			continue
		}
		next := h.Left.Route.Route.HTTP.Ref
		for i := at; next.Object() == entry.Object() && i < len(less.Spec.Http); i++ {
			if next.Field == entryField(i) {
				return entry.At(entryField(i + 1)), true // as it is counted with the entry that was taken out
			}
		}
		return next, true
	}
	return mesh.Ref{}, false
}
