package resolve

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// unknownDestination is what the proxy does with a connection that no listener or chain of its takes.
func unknownDestination(s *mesh.Snapshot, f Flow) Result {
	r := passes(f)
	r.Effect = Routes
	r.Resource = f.Scope.ModeFrom
	r.Candidates = []Candidate{{Ref: f.Scope.ModeFrom, Applies: true}}
	r.unread(f.registryGaps(s)...)
	switch {
	case f.Scope.Mode == precedence.RegistryOnly:
		o := f.closed(Outcome{Reason: RegistryOnly, Facts: []string{f.dialled()}, By: f.blockedBy(s)})
		if len(r.Gaps) > 0 {
			r.Might = append(r.Might, o)
			return r
		}
		e := ends(o)
		e.Resource, e.Candidates = r.Resource, slices.Concat(r.Candidates, f.hiddenFrom(s))
		return e
	case f.Scope.Egress != nil:
		f.L4 = &precedence.Chain{From: f.Scope.ModeFrom, To: []precedence.L4Route{{Host: f.Scope.Egress.Host, Subset: f.Scope.Egress.Subset, Port: int(f.Scope.Egress.GetPort().GetNumber())}}}
	default:
		f.Unrouted = true
		f.Wire.Chosen, f.Wire.Why = f.passedThroughBy(s), NotePassedThrough
		r.Candidates = append(r.Candidates, f.hiddenFrom(s)...)
	}
	r.Next = []Branch{{Flow: f, Share: 1}}
	return r
}

// registryGaps are unread parts of the registry that could hold the destination.
func (f Flow) registryGaps(s *mesh.Snapshot) []mesh.Gap {
	_, gaps := s.Hosts()
	return gaps
}

// hiddenFrom lists what keeps a destination that exists from this client: the Sidecar that does not import it, or its exportTo.
func (f Flow) hiddenFrom(s *mesh.Snapshot) []Candidate {
	h := f.meant(s)
	if h == nil || f.Scope.Host(h.Name) != nil {
		return nil
	}
	if !precedence.ServiceVisible(s, h, f.Client.Namespace) {
		return []Candidate{{Ref: f.exportRef(s, h), Applies: true, Why: precedence.NotExported}}
	}
	if !f.Scope.Sidecar.IsZero() {
		return []Candidate{{Ref: f.Scope.Sidecar.At("spec.egress"), Applies: true, Why: precedence.NotImported}}
	}
	return nil
}

// exportRef points at what hides a host: its own exportTo, or the mesh's default.
func (f Flow) exportRef(s *mesh.Snapshot, h *mesh.Host) mesh.Ref {
	switch {
	case len(h.ExportTo) == 0:
		return s.Config.Field("defaultServiceExportTo")
	case h.Kube:
		return h.Ref.At("metadata.annotations[networking.istio.io/exportTo]")
	}
	return h.Ref.At("spec.exportTo")
}

// meant is the host of the registry that the client means, whether its proxy knows it or not: the Service that it dials, or whose name
// it asks for.
func (f Flow) meant(s *mesh.Snapshot) *mesh.Host {
	if f.Dial.Host != nil {
		return f.Dial.Host
	}
	for _, h := range s.HostsNamed(f.Request.Host) {
		return h
	}
	return nil
}

// blockedBy is responsible for a destination that is unknown where unknown ones are blocked.
func (f Flow) blockedBy(s *mesh.Snapshot) []Responsible {
	out := []mesh.Ref{f.Scope.ModeFrom}
	for _, c := range f.hiddenFrom(s) {
		if c.Ref.Object() == f.Scope.ModeFrom.Object() {
			continue
		}
		out = append(out, c.Ref)
	}
	return by(Cause, out...)
}

// passedThroughBy is responsible for a connection that goes out in plaintext, past all services.
func (f Flow) passedThroughBy(s *mesh.Snapshot) mesh.Ref {
	for _, c := range f.hiddenFrom(s) {
		return c.Ref
	}
	return mesh.Ref{}
}
