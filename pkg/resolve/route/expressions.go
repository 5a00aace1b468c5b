package route

import (
	"maps"
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// budget is what is left of the steps that the expressions of a table of routes may take for one request. Envoy has no such bound: where they would
// take more, the answer is not known.
type budget struct {
	steps int
	bytes int // of the longest text that can be compared
}

func budgetFor(f flow.Flow) *budget {
	if f.RoutedBy != nil {
		f.Message = *f.RoutedBy
	}
	bytes := len(f.Message.Path) + len(f.Message.Authority) + len(f.Message.Method)
	for _, h := range f.Message.Headers {
		bytes += len(h.Value)
	}
	return &budget{envoy.MostSteps, bytes}
}

// spend takes the steps of a route's expressions, of its match and of what it does; it is not ok where they are too many, at being the field of
// the first that is one too many.
func (b *budget) spend(r *config.Route) (at mesh.Ref, ok bool) {
	one := func(field mesh.Ref, expr string) {
		if expr == "" || expr == "*" || !at.IsZero() {
			return
		}
		if b.steps -= envoy.ParseExpression(expr).Steps(b.bytes); b.steps < 0 {
			at = field
		}
	}
	if m := r.Match; m != nil {
		for _, x := range []struct {
			field string
			m     *networking.StringMatch
		}{{"uri", m.Uri}, {"scheme", m.Scheme}, {"method", m.Method}, {"authority", m.Authority}} {
			one(r.Ref.At(r.Condition(x.field)), x.m.GetRegex())
		}
		for _, x := range []struct {
			field string
			m     map[string]*networking.StringMatch
		}{{"headers", m.Headers}, {"withoutHeaders", m.WithoutHeaders}, {"queryParams", m.QueryParams}} {
			for _, name := range slices.Sorted(maps.Keys(x.m)) {
				one(r.Ref.At(r.Condition(x.field+"["+name+"]")), x.m[name].GetRegex())
			}
		}
	}
	one(r.HTTP.Part("rewrite.uriRegexRewrite"), r.HTTP.Rewrite.GetUriRegexRewrite().GetMatch())
	for _, o := range r.HTTP.CorsPolicy.GetAllowOrigins() {
		one(r.HTTP.Part("corsPolicy.allowOrigins"), o.GetRegex())
	}
	return at, at.IsZero()
}
