package route

import (
	"strconv"
	"strings"

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
			r.Args = []string{slow.Delay.String()}
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
		if r.Note == "" {
			r.Passing = flow.Idle
		}
		return r
	}
	r.Next = nil
	switch {
	case r.Note == "" && share == 1:
		r.Passing = flow.Idle // the row of the abort says it
	case r.Note == "":
		r.Note, r.Args = flow.NoteFaultAborts, []string{strconv.FormatFloat(100*share, 'g', 4, 64)}
	}
	for _, b := range delayed {
		r.Next = append(r.Next, flow.Branch{Flow: b.Flow, Share: b.Share * share, End: aborted(b.Flow, a, at.At(at.Field+".abort"))})
		if share < 1 {
			r.Next = append(r.Next, flow.Branch{Flow: b.Flow, Share: b.Share * (1 - share)})
		}
	}
	return r
}

// aborted ends the part of the requests that a fault aborts.
func aborted(f flow.Flow, a *networking.HTTPFaultInjection_Abort, at mesh.Ref) *flow.Result {
	o := abort(f, a)
	o.By = flow.By(flow.Cause, at)
	r := flow.End(o)
	r.Resource = at
	r.Candidates = []flow.Candidate{{Ref: at, Applies: true, Matches: evidence.True}}
	return &r
}

// abort is the answer of the fault filter. A grpc-status in the abort is HTTP 200 to every client.
func abort(f flow.Flow, a *networking.HTTPFaultInjection_Abort) flow.Outcome {
	flags := []string{"FI"}
	if f.Delay > 0 {
		flags = []string{"DI", "FI"}
	}
	o := flow.Outcome{Kind: flow.Answered, Reason: flow.FaultAborted, Details: "fault_filter_abort", Flags: flags, AnsweredBy: []flow.Party{f.At}, After: f.Delay, Slow: f.Slowed(), Body: "fault filter abort"}
	switch e := a.ErrorType.(type) {
	case *networking.HTTPFaultInjection_Abort_HttpStatus:
		o.Status = int(e.HttpStatus)
		return f.AsGRPC(o)
	case *networking.HTTPFaultInjection_Abort_GrpcStatus:
		o.Status, o.GRPC, o.Body = 200, grpcCodes[strings.ToUpper(e.GrpcStatus)], ""
	}
	return o
}

var grpcCodes = map[string]int{"OK": 0, "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "ALREADY_EXISTS": 6,
	"PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13,
	"UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16}

func percent(p *networking.Percent, old float64) float64 {
	v := old
	if p != nil {
		v = p.Value
	}
	return min(1, max(0, v/100))
}
