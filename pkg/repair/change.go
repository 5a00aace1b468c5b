package repair

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/ambient"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Change is a change that could mend a request: of resources, of the client, or of the request itself. Its code and arguments are those of its
// sentence.
type Change struct {
	Code string
	Args []string
	Then []Said // what goes with it, where one change is not enough

	Objects []metav1.Object // to put on top of what is there; empty for a change of the request
	Request *flow.Request   // the request as it should be sent; nil where it stays
	Sender  bool            // the change is of the client's own: who it is, or what it sends
	Last    bool            // a stopgap, behind all others whatever its reach
	Spare   bool            // offered only where no other change helps
	Wakes   mesh.Ref        // a waypoint, of which a pod has to get ready; zero for other changes
	Command string          // changes what no patch can, or shows what has to be changed outside of what is read; empty for other changes

	probe     func(*mesh.Snapshot) *mesh.Snapshot // the mesh as it is to be asked to try the change, where that differs
	pod       metav1.Object                       // a pod as it would be, which no patch changes, as its template is what is changed; nil where they stay
	preflight bool                                // lets in preflights, which never carry an identity or a token of their caller
}

// Said is the code of a sentence, with its arguments.
type Said struct {
	Code string
	Args []string
}

// Mesh is the mesh with the change, and with what istiod makes of it.
func (c Change) Mesh(s *mesh.Snapshot) *mesh.Snapshot {
	if !c.Wakes.IsZero() {
		s = ambient.Awake(s, c.Wakes)
	}
	if c.pod != nil {
		s = ambient.Put(s, c.pod)
	}
	if len(c.Objects) == 0 {
		return s
	}
	return ambient.Put(s, c.Objects...)
}

// Trial is the mesh in which the change was tried: with it, and, where the request is to carry a token that nobody has signed yet, without the keys
// that would tell.
func (c Change) Trial(s *mesh.Snapshot) *mesh.Snapshot {
	s = c.Mesh(s)
	if c.probe != nil {
		s = c.probe(s)
	}
	return s
}

// resources reports whether the change is one of the mesh, and not of the request alone.
func (c Change) resources() bool {
	return len(c.Objects) > 0 || !c.Wakes.IsZero() || c.pod != nil && !c.Sender
}

// touched are the objects that the change is of.
func (c Change) touched() []mesh.Ref {
	if !c.Wakes.IsZero() {
		return []mesh.Ref{c.Wakes}
	}
	if c.pod != nil {
		return []mesh.Ref{mesh.RefTo(c.pod)}
	}
	return refsOf(c.Objects)
}

// Repair is a change that was tried: with it the outcome is gone, and nothing worse has come.
type Repair struct {
	Change
	Patch   string    // the objects as YAML, ready to be applied; empty for a change of the request
	Changed []int     // lines of the patch, from 0, that differ from what is there
	Removed []Removed // lines of what is there that the patch leaves out
	After   flow.Verdict
	Reach   reach.Reach
}

// opening reports whether a repair changes what policies let in.
func opening(r Repair) bool {
	return slices.ContainsFunc(r.Objects, func(o metav1.Object) bool { return mesh.RefTo(o).Kind == mesh.AuthorizationPolicy })
}

func (r Repair) same(x Repair) bool {
	return r.Patch == x.Patch && (r.Patch != "" || r.Code == x.Code && slices.Equal(r.Args, x.Args))
}

func refsOf(objects []metav1.Object) []mesh.Ref {
	var out []mesh.Ref
	for _, o := range objects {
		out = append(out, mesh.RefTo(o))
	}
	return out
}
