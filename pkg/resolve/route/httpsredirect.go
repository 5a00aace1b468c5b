package route

import (
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// HttpsRedirect sends plaintext requests to https, before any route is looked for.
func HttpsRedirect(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.VHost == nil || f.VHost.RequireTLS.IsZero() {
		return flow.Result{}
	}
	if proto, _ := f.Message.Headers.Get("x-forwarded-proto"); proto == "https" {
		return flow.Result{}
	}
	o := f.Replies(301, flow.Redirected, "direct_response")
	o.By = flow.By(flow.Cause, f.VHost.RequireTLS)
	o.Location = "https://" + f.Message.Authority + f.Message.Path
	r := flow.End(o)
	r.Resource, r.Args = f.VHost.RequireTLS, []string{o.Location}
	r.Candidates = []flow.Candidate{{Ref: f.VHost.RequireTLS, Applies: true, Matches: evidence.True}}
	return r
}
