package upstream

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// UnknownDestination is what the proxy does with a connection that no listener or chain of its takes: outboundTrafficPolicy ALLOW_ANY sends it on,
// REGISTRY_ONLY closes it (pilot/pkg/networking/core/listener_builder.go, buildOutboundCatchAllNetworkFiltersOnly).
func UnknownDestination(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.Routing(f)
	r.Resource = f.Scope.ModeFrom
	r.Candidates = []flow.Candidate{{Ref: f.Scope.ModeFrom, Applies: true}}
	r.Unread(RegistryGaps(f, s)...)
	switch {
	case f.Scope.Mode == routing.RegistryOnly:
		o := f.Closed(flow.Outcome{Reason: flow.RegistryOnly, Args: []string{f.Dial.String()}, By: blockedBy(f, s)})
		if len(r.Gaps) > 0 {
			r.OrElse(o)
			return r
		}
		e := flow.End(o)
		e.Resource, e.Candidates = r.Resource, slices.Concat(r.Candidates, HiddenFrom(f, s))
		return e
	case f.Scope.Egress != nil:
		f.L4 = &routing.Chain{From: f.Scope.ModeFrom, To: []routing.L4Route{{Host: f.Scope.Egress.Host, Subset: f.Scope.Egress.Subset, Port: int(f.Scope.Egress.GetPort().GetNumber())}}}
	default:
		f.Passthrough = true
		f.Wire.Chosen, f.Wire.Why = passedThroughBy(f, s), flow.NotePassedThrough
		r.Candidates = append(r.Candidates, HiddenFrom(f, s)...)
		r.Presumes = flow.OutboundDefault(f, s)
	}
	r.Next = []flow.Branch{{Flow: f, Share: 1}}
	return r
}

// RegistryGaps are unread parts of the registry that could hold the destination.
func RegistryGaps(f flow.Flow, s *mesh.Snapshot) []mesh.Gap {
	_, gaps := s.Hosts()
	return gaps
}

// HiddenFrom lists what keeps a destination that exists from this client: the Sidecar that does not import it, or its exportTo.
func HiddenFrom(f flow.Flow, s *mesh.Snapshot) []flow.Candidate {
	h := meant(f, s)
	if h == nil || f.Scope.Host(h.Name) != nil {
		return nil
	}
	if !precedence.ServiceVisible(s, h, f.Client.Namespace) {
		return []flow.Candidate{{Ref: exportRef(s, h), Applies: true, Why: precedence.NotExported}}
	}
	if !f.Scope.Sidecar.IsZero() {
		return []flow.Candidate{{Ref: f.Scope.Sidecar.At("spec.egress"), Applies: true, Why: precedence.NotImported}}
	}
	return nil
}

// exportRef points at what hides a host: its own exportTo, or the mesh's default.
func exportRef(s *mesh.Snapshot, h *mesh.Host) mesh.Ref {
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
func meant(f flow.Flow, s *mesh.Snapshot) *mesh.Host {
	if f.Dial.Host != nil && !f.Dial.Outer {
		return f.Dial.Host
	}
	for _, h := range s.HostsNamed(f.Request.Host) {
		return h
	}
	return nil
}

// blockedBy is responsible for a destination that is unknown where unknown ones are blocked.
func blockedBy(f flow.Flow, s *mesh.Snapshot) []flow.Responsible {
	out := []mesh.Ref{f.Scope.ModeFrom}
	for _, c := range HiddenFrom(f, s) {
		if c.Ref.Object() == f.Scope.ModeFrom.Object() {
			continue
		}
		out = append(out, c.Ref)
	}
	return flow.By(flow.Cause, out...)
}

// passedThroughBy is responsible for a connection that goes out in plaintext, past all services.
func passedThroughBy(f flow.Flow, s *mesh.Snapshot) mesh.Ref {
	for _, c := range HiddenFrom(f, s) {
		return c.Ref
	}
	return mesh.Ref{}
}
