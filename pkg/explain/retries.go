package explain

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// stageRetries is the row of what a proxy does with answers that come back: it has no stage of its own on the way in.
const stageRetries = "retries"

// retries is the row of tries that fail and are repeated; there is none where nothing fails that the route's policy repeats.
func (b *hopBuilder) retries(res *flow.Result) (Stage, bool) {
	x, has := b.exchanges[res]
	if !has || !res.Response.HTTP || res.Response.Retry.Attempts == 0 {
		return Stage{}, false
	}
	failing := func(o flow.Outcome) bool { return res.Response.Retry.Retries(o) }
	if !slices.ContainsFunc(x.Got, failing) {
		return Stage{}, false
	}
	before, after := lost(x.Got, failing), lost(x.Handed, func(o flow.Outcome) bool {
		return slices.Contains(o.Flags, "URX") || failing(o)
	})
	attempts := strconv.Itoa(res.Response.Retry.Attempts)
	note, args := flow.NoteRetriesFail, []string{attempts}
	if after < 1-1e-9 {
		note, args = flow.NoteRetried, []string{percentOf(before), attempts, percentOf(after)}
	}
	st := Stage{Stage: stageRetries, Effect: flow.Passes, Reason: string(note), Assumed: b.assumed > 0}
	if ref := retriedBy(res.Response); !ref.IsZero() {
		st.Resource = &ref
	}
	st.Text = catalogue.Text(st.Reason, args...)
	return st, true
}

// retriedBy is the policy, where a route has one of its own.
func retriedBy(r *flow.Response) mesh.Ref {
	if c := r.Route; c.Route != nil && c.Route.HTTP.Retries != nil {
		return r.Part("retries")
	}
	return mesh.Ref{}
}

func lost(world []flow.Outcome, is func(flow.Outcome) bool) float64 {
	sum := 0.0
	for _, o := range world {
		if is(o) {
			sum += o.Share
		}
	}
	return sum
}

func percentOf(share float64) string { return strconv.Itoa(int(share*100+0.5)) + " %" }
