package explain

import "github.com/mesh-why/mesh-why/pkg/resolve"

// The words of the contract, for those who print reports and need nothing else of pkg/resolve.
type (
	// Kind is the result of an outcome.
	Kind = resolve.Kind
	// Effect is what a stage does to a request.
	Effect = resolve.Effect
	// Role is the part that a resource or a proxy has in an outcome.
	Role = resolve.Role
)

// Words that printers look at.
const (
	KindReaches    = resolve.Reaches
	KindAnswered   = resolve.Answered
	KindReset      = resolve.Reset
	KindRefused    = resolve.Refused
	KindTimeout    = resolve.Timeout
	KindTLSFailure = resolve.TLSFailure
	KindNoName     = resolve.ExitNoName

	EffectRejects = resolve.Rejected
	EffectUnknown = resolve.Maybe
	EffectIdle    = resolve.Idle

	PartRequires = resolve.Requires

	ReasonUnread       = resolve.Unread
	ReasonUnmodelled   = resolve.Unmodelled
	ReasonCallerGaveUp = resolve.CallerGaveUp
	ReasonNoAllow      = resolve.RBACNoAllowMatched

	RoleCaller      = resolve.Caller
	RoleClient      = resolve.ClientSidecar
	RoleServer      = resolve.ServerSidecar
	RoleIngress     = resolve.IngressGateway
	RoleEgress      = resolve.EgressGateway
	RoleWaypoint    = resolve.Waypoint
	RoleZtunnel     = resolve.Ztunnel
	RoleApplication = resolve.Application
)
