package resolve

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// byItself is automatic mutual TLS.
func (f Flow) byItself(s *mesh.Snapshot) Result {
	c, h := f.Cluster, f.Cluster.Host
	f.Wire.HTTP2, f.Wire.HTTP2By, f.Wire.Accepts = c.HTTP2, c.HTTP2By, nil
	plain := func(note Note, at mesh.Ref, applied ...mesh.Ref) Result {
		if !f.Sealed {
			f.Wire.Transport, f.Wire.Chosen, f.Wire.Why = Plaintext, at, note
		}
		r := passes(f)
		r.Note, r.Resource = note, at
		for _, ref := range append(applied, at) {
			if !ref.IsZero() {
				r.Candidates = append(r.Candidates, Candidate{Ref: ref, Applies: true})
			}
		}
		return r
	}
	if h.External {
		return plain(NoteExternalPlaintext, h.Ref.At("spec.location"))
	}
	if !s.Config.AutoMTLS {
		return plain(NoteAutoMTLSOff, s.Config.Field("enableAutoMtls"), f.ruleRefs()...)
	}
	// The hint: what clients guess of the whole service, from the namespace's and the mesh's policies alone.
	if bare, ok := f.bareEndpoint(s); ok {
		return plain(NoteSiblingWithoutSidecar, bare)
	}
	hint := precedence.NamespaceMode(s, h.Namespace)
	if f.Assumed != nil {
		hint = precedence.PeerMode{Mode: f.Assumed.Namespace}
	}
	if len(hint.Gaps) > 0 {
		return f.assume(s, hint.Gaps)
	}
	if hint.Mode == precedence.Disable {
		return plain(NoteHintDisable, hint.From)
	}
	considered := candidates(hint.Considered)
	if !f.original() {
		marked, note, at, extra, gaps := f.marked(s)
		considered = append(considered, extra...)
		if len(gaps) > 0 {
			return f.assume(s, gaps)
		}
		if !marked {
			r := plain(note, at)
			r.Candidates = append(r.Candidates, considered...)
			return r
		}
	}
	f = f.mutual(s, nil)
	f.Wire.Why = NoteAutoMutual
	r := passes(f)
	r.Note, r.Candidates = NoteAutoMutual, considered
	f.Wire.Chosen = h.Ref
	if f.Endpoint != nil && !f.Endpoint.TLSFrom.IsZero() {
		f.Wire.Chosen = f.Endpoint.TLSFrom
	}
	r.Candidates = append(r.Candidates, Candidate{Ref: f.Wire.Chosen, Applies: true})
	r.Next[0].Flow = f
	return r
}

func (f Flow) ruleRefs() []mesh.Ref {
	if f.Cluster.Rule.Rule == nil {
		return nil
	}
	return f.Cluster.Rule.Rule.Sources
}

// bareEndpoint finds, for clusters that do not choose by endpoint, one without a sidecar: it makes the proxy send plaintext to all.
func (f Flow) bareEndpoint(s *mesh.Snapshot) (mesh.Ref, bool) {
	h := f.Cluster.Host
	if h.Resolution != mesh.Passthrough && loadBalancer(f.Cluster).GetSimple() != networking.LoadBalancerSettings_PASSTHROUGH {
		return mesh.Ref{}, false
	}
	eps, _ := s.Endpoints(h, f.Cluster.Port)
	if len(eps) == 0 {
		return h.Ref, true
	}
	for _, e := range eps {
		if e.TLSMode == "disabled" {
			if !e.TLSFrom.IsZero() {
				return e.TLSFrom, true
			}
			return e.Ref, true
		}
	}
	return mesh.Ref{}, false
}

// marked tells whether istiod marks the endpoint as one that takes mutual TLS, and if not why.
func (f Flow) marked(s *mesh.Snapshot) (is bool, note Note, at mesh.Ref, considered []Candidate, gaps []mesh.Gap) {
	e := f.Endpoint
	if e == nil {
		return true, "", mesh.Ref{}, nil, nil
	}
	label := e.TLSFrom
	if label.IsZero() {
		label = e.Ref
	}
	if t := endpointTLS(f.Cluster); t != nil {
		if t.Mode != networking.ClientTLSSettings_ISTIO_MUTUAL {
			return false, NoteEndpointRulePlaintext, f.Cluster.Rule.Rule.PolicyOf.At("spec.trafficPolicy"), nil, nil
		}
		return e.TLSMode == "istio", NoteEndpointWithoutSidecar, label, nil, nil
	}
	if e.TLSMode != "istio" {
		return false, NoteEndpointWithoutSidecar, label, nil, nil
	}
	ns := f.Cluster.Host.Namespace
	if e.Pod != nil {
		ns = e.Pod.Namespace
	}
	mode := precedence.PeerAuthentication(s, ns, e.Labels, e.Port)
	if f.Assumed != nil {
		mode = f.Assumed.mode()
	}
	return mode.Mode != precedence.Disable, NoteServerDisable, mode.From, candidates(mode.Considered), mode.Gaps
}

// assume goes on for each pair of modes that hidden PeerAuthentications may set, for the namespace and for the workload. Both ends see
// the same ones.
func (f Flow) assume(s *mesh.Snapshot, gaps []mesh.Gap) Result {
	r := passes(f)
	r.Effect, r.Gaps, r.Reason, r.Next = Maybe, gaps, Unread, nil
	for _, ns := range []precedence.Mode{precedence.Permissive, precedence.Strict, precedence.Disable} {
		for _, workload := range []precedence.Mode{precedence.Unset, precedence.Permissive, precedence.Strict, precedence.Disable} {
			if workload == ns {
				continue
			}
			next := f
			next.Assumed = &Assumption{ns, workload}
			for _, b := range next.byItself(s).Next {
				r.Next = append(r.Next, Branch{Flow: b.Flow})
			}
		}
	}
	return r
}
