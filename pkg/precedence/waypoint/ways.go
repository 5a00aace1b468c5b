package waypoint

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Way is a waypoint with its part of the connections.
type Way struct {
	Waypoint *Waypoint
	Share    float64
}

// Ways are the waypoints of an object that is bound to one: the one, or it and its canary. Without a waypoint there is none.
func (b Binding) Ways() []Way {
	if b.Waypoint == nil {
		return nil
	}
	c := b.Canary
	if c == nil || c.Waypoint == nil || c.Percent == 0 {
		return []Way{{b.Waypoint, 1}}
	}
	share := float64(c.Percent) / 100
	if c.Percent == 100 {
		return []Way{{c.Waypoint, 1}}
	}
	return []Way{{b.Waypoint, 1 - share}, {c.Waypoint, share}}
}

// Considered are the labels that name waypoints, and the Gateways that they name: how each fared.
func (b Binding) Considered() []precedence.Considered {
	var out []precedence.Considered
	add := func(label, gateway mesh.Ref, used bool, why precedence.LossReason, by mesh.Ref) {
		if label.IsZero() {
			return
		}
		if !used {
			out = append(out, precedence.Considered{Ref: label, Why: why, By: by})
			return
		}
		out = append(out, precedence.Wins(label), precedence.Wins(gateway))
	}
	by := b.Refused
	if by.IsZero() {
		by = b.Gateway
	}
	add(b.Label, b.Gateway, b.Waypoint != nil, b.Why, by)
	if c := b.Canary; c != nil {
		add(c.At, c.Gateway, c.Waypoint != nil, c.Why, c.Gateway)
	}
	return out
}
