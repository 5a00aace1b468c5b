package resource

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// Refusal is a fault that makes an object or a part of it void: why, and the field below the object or part.
type Refusal struct {
	Why   precedence.LossReason
	Field string
	By    mesh.Ref
}

// Below moves a fault to where its object stands.
func (f *Refusal) Below(field string) *Refusal {
	if f == nil {
		return nil
	}
	return &Refusal{Why: f.Why, Field: config.Under(field, f.Field), By: f.By}
}
