package server

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Failed ends a way of thinking on which the connection does not come about.
func Failed(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Failed == nil {
		return flow.Result{}
	}
	r := flow.End(f.Failed[0])
	r.Might = f.Failed[1:]
	return r
}
