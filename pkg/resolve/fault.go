package resolve

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// fault injects what the route asks for, before anything else of the route happens. A percentage that is not given is none.
func fault(s *mesh.Snapshot, f Flow) Result {
	if f.Route == nil || f.Route.Route == nil || f.Route.Route.HTTP.Fault == nil {
		return Result{}
	}
	in := f.Route.Route.HTTP.Fault
	at := f.Route.Ref.At(f.Route.Ref.Field + ".fault")
	r := passes(f)
	r.Resource = at
	r.Candidates = []Candidate{{Ref: at, Applies: true, Matches: True}}
	delayed := []Branch{{f, 1}}
	if d := in.Delay; d != nil && d.GetFixedDelay() != nil {
		share := percent(d.Percentage, float64(d.Percent)) //nolint:staticcheck // the old field is still served
		if share > 0 {
			slow := f
			slow.Delay = d.GetFixedDelay().AsDuration()
			r.Note = NoteFaultDelays
			r.Facts = []string{slow.Delay.String()}
			delayed = []Branch{{slow, share}}
			if share < 1 {
				delayed = append(delayed, Branch{f, 1 - share})
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
		o := b.Flow.aborted(a)
		o.By = by(Cause, at.At(at.Field+".abort"))
		stop := b.Flow
		stop.Aborted = &o
		r.Next = append(r.Next, Branch{stop, b.Share * share})
		if share < 1 {
			r.Next = append(r.Next, Branch{b.Flow, b.Share * (1 - share)})
		}
	}
	return r
}

// abort ends the part of the requests that a fault aborts.
func abort(_ *mesh.Snapshot, f Flow) Result {
	if f.Aborted == nil {
		return Result{}
	}
	r := ends(*f.Aborted)
	r.Resource = f.Aborted.By[0].Ref
	r.Candidates = []Candidate{{Ref: r.Resource, Applies: true, Matches: True}}
	return r
}

func percent(p *networking.Percent, old float64) float64 {
	v := old
	if p != nil {
		v = p.Value
	}
	return min(1, max(0, v/100))
}

// aborted is the answer of the fault filter. A grpc-status in the abort is HTTP 200 to every client.
func (f Flow) aborted(a *networking.HTTPFaultInjection_Abort) Outcome {
	flags := []string{"FI"}
	if f.Delay > 0 {
		flags = []string{"DI", "FI"}
	}
	o := Outcome{Kind: Answered, Reason: FaultAborted, Details: "fault_filter_abort", Flags: flags, AnsweredBy: []Party{f.At}, After: f.Delay, Slow: f.slowed(), Body: "fault filter abort"}
	switch e := a.ErrorType.(type) {
	case *networking.HTTPFaultInjection_Abort_HttpStatus:
		o.Status = int(e.HttpStatus)
		return f.grpc(o)
	case *networking.HTTPFaultInjection_Abort_GrpcStatus:
		o.Status, o.GRPC, o.Body = 200, grpcCodes[strings.ToUpper(e.GrpcStatus)], ""
	}
	return o
}

var grpcCodes = map[string]int{"OK": 0, "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "ALREADY_EXISTS": 6,
	"PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13,
	"UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16}
