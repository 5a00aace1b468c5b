package route

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Fault injects what the route asks for, before anything else of the route happens. A percentage that is not given is none.
func Fault(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Route == nil || f.Route.Route == nil || f.Route.Route.HTTP.Fault == nil {
		return flow.Result{}
	}
	in := f.Route.Route.HTTP.Fault
	at := f.Route.Ref.At(f.Route.Ref.Field + ".fault")
	r := flow.Pass(f)
	r.Resource = at
	r.Candidates = []flow.Candidate{{Ref: at, Applies: true, Matches: evidence.True}}
	delayed := []flow.Branch{{Flow: f, Share: 1}}
	if d := in.Delay; d != nil && d.GetFixedDelay() != nil {
		share := percent(d.Percentage, float64(d.Percent)) //nolint:staticcheck // the old field is still served
		if share > 0 {
			slow := f
			slow.Delay = d.GetFixedDelay().AsDuration()
			r.Note = flow.NoteFaultDelays
			r.Facts = []string{slow.Delay.String()}
			delayed = []flow.Branch{{Flow: slow, Share: share}}
			if share < 1 {
				delayed = append(delayed, flow.Branch{Flow: f, Share: 1 - share})
			}
		}
	}
	r.Next = delayed
	a := in.Abort
	share := percent(a.GetPercentage(), 0)
	if a == nil || share == 0 {
		return r
	}
	r.Next = nil
	for _, b := range delayed {
		o := aborted(b.Flow, a)
		o.By = flow.By(flow.Cause, at.At(at.Field+".abort"))
		stop := b.Flow
		stop.Aborted = &o
		r.Next = append(r.Next, flow.Branch{Flow: stop, Share: b.Share * share})
		if share < 1 {
			r.Next = append(r.Next, flow.Branch{Flow: b.Flow, Share: b.Share * (1 - share)})
		}
	}
	return r
}

func percent(p *networking.Percent, old float64) float64 {
	v := old
	if p != nil {
		v = p.Value
	}
	return min(1, max(0, v/100))
}
