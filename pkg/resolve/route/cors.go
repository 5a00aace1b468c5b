package route

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Cors answers the preflight requests of browsers that the route's corsPolicy allows. Other requests pass, whatever their origin.
func Cors(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Route == nil || f.Route.Route == nil || f.Route.Route.HTTP.CorsPolicy == nil {
		return flow.Result{}
	}
	p := f.Route.Route.HTTP.CorsPolicy
	if !envoy.Preflight(f.Message.Method, f.Message.Headers) {
		return flow.Result{}
	}
	origin, _ := f.Message.Headers.Get("origin")
	at := f.Route.Route.HTTP.Part("corsPolicy")
	allowed := false
	for _, m := range p.AllowOrigins {
		allowed = allowed || matchText(m, origin) == evidence.True
	}
	for _, o := range p.AllowOrigin { //nolint:staticcheck // the old field is still served
		allowed = allowed || o == "*" || o == origin
	}
	if !allowed && p.UnmatchedPreflights != networking.CorsPolicy_IGNORE {
		r := flow.Pass(f)
		r.Resource = at
		return r
	}
	o := f.Replies(200, flow.PreflightAnswered, "cors_response")
	o.By = flow.By(flow.Cause, at)
	r := flow.End(o)
	r.Resource = at
	r.Candidates = []flow.Candidate{{Ref: at, Applies: true, Matches: evidence.True}}
	return r
}
