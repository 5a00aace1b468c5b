package gatewayapi

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// refusal is a fault that makes an object or a part of it void: why, and the field below the object or part.
type refusal struct {
	why   precedence.Why
	field string
	by    mesh.Ref
}

// below moves a fault to where its object stands.
func (f *refusal) below(field string) *refusal {
	if f == nil {
		return nil
	}
	return &refusal{why: f.why, field: config.Under(field, f.field), by: f.by}
}
