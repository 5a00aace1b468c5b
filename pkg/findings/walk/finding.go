package walk

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Found makes a finding.
func Found(code flow.Note, at mesh.Ref, args ...string) flow.Finding {
	return flow.Finding{Code: code, Resource: at, Args: args}
}

// Under adds a path to a reference's field.
func Under(r mesh.Ref, path string) mesh.Ref {
	if r.Field == "" {
		return r.At(path)
	}
	return r.At(r.Field + "." + path)
}
