package explain

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// The words of the contract, for those who print reports and need nothing else of pkg/resolve.
type (
	// Kind is the result of an outcome.
	Kind = flow.Kind
	// Effect is what a stage does to a request.
	Effect = flow.Effect
	// Role is the part that a resource or a proxy has in an outcome.
	Role = flow.Role
)

// Words that printers look at.
const (
	KindReaches    = flow.Reaches
	KindAnswered   = flow.Answered
	KindReset      = flow.Reset
	KindRefused    = flow.Refused
	KindTimeout    = flow.Timeout
	KindTLSFailure = flow.TLSFailure
	KindNoName     = flow.ExitNoName

	EffectRejects = flow.Rejected
	EffectUnknown = flow.Maybe
	EffectIdle    = flow.Idle

	PartRequires = flow.Requires

	// FieldFrom ends the field of a comparison that says where a rule looks for tokens.
	FieldFrom = "from"

	ReasonUnread       = flow.Unread
	ReasonTokenWritten = flow.TokenWritten
	ReasonUnmodelled   = flow.Unmodelled
	ReasonCallerGaveUp = flow.CallerGaveUp
	ReasonMayAnswer    = flow.ExtensionMayAnswer
	ReasonNoAllow      = flow.RBACNoAllowMatched
	ReasonCustomBroken = flow.CustomBroken

	// NoteProviderMissing is the code of the note on a CUSTOM policy whose provider the mesh config does not have.
	NoteProviderMissing = "CustomProviderMissing"

	RoleCaller      = flow.Caller
	RoleClient      = flow.ClientSidecar
	RoleServer      = flow.ServerSidecar
	RoleIngress     = flow.IngressGateway
	RoleEgress      = flow.EgressGateway
	RoleWaypoint    = flow.Waypoint
	RoleZtunnel     = flow.Ztunnel
	RoleApplication = flow.Application
)
