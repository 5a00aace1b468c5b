package route

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Abort ends the part of the requests that a fault aborts.
func Abort(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Aborted == nil {
		return flow.Result{}
	}
	r := flow.End(*f.Aborted)
	r.Resource = f.Aborted.By[0].Ref
	r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true, Matches: evidence.True}}
	return r
}

// aborted is the answer of the fault filter. A grpc-status in the abort is HTTP 200 to every client.
func aborted(f flow.Flow, a *networking.HTTPFaultInjection_Abort) flow.Outcome {
	flags := []string{"FI"}
	if f.Delay > 0 {
		flags = []string{"DI", "FI"}
	}
	o := flow.Outcome{Kind: flow.Answered, Reason: flow.FaultAborted, Details: "fault_filter_abort", Flags: flags, AnsweredBy: []flow.Party{f.At}, After: f.Delay, Slow: f.Slowed(), Body: "fault filter abort"}
	switch e := a.ErrorType.(type) {
	case *networking.HTTPFaultInjection_Abort_HttpStatus:
		o.Status = int(e.HttpStatus)
		return f.Grpc(o)
	case *networking.HTTPFaultInjection_Abort_GrpcStatus:
		o.Status, o.GRPC, o.Body = 200, grpcCodes[strings.ToUpper(e.GrpcStatus)], ""
	}
	return o
}

var grpcCodes = map[string]int{"OK": 0, "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "ALREADY_EXISTS": 6,
	"PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13,
	"UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16}
