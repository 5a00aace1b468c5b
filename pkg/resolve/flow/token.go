package flow

import (
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TokenState is what a proxy knows of the client's token after it looked.
type TokenState struct {
	Known  evidence.Tri    // True where the claims are certain, also if there are none; Unknown on a way of thinking that cannot tell
	Claims jwtauthn.Claims // of the token that was verified; nil without one
	Gaps   []mesh.Gap
}
