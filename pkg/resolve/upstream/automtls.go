package upstream

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// byItself is automatic mutual TLS.
func byItself(f flow.Flow, s *mesh.Snapshot) flow.Result {
	c, h := f.Cluster, f.Cluster.Host
	f.Wire.HTTP2, f.Wire.HTTP2By, f.Wire.Accepts = c.HTTP2, c.HTTP2By, nil
	plain := func(note flow.Note, at mesh.Ref, applied ...mesh.Ref) flow.Result {
		if !f.TLSPassthrough {
			f.Wire.Transport, f.Wire.Chosen, f.Wire.Why = flow.Plaintext, at, note
		}
		r := flow.Pass(f)
		r.Note, r.Resource = note, at
		for _, ref := range append(applied, at) {
			if !ref.IsZero() {
				r.Candidates = append(r.Candidates, flow.Candidate{Ref: ref, Applies: true})
			}
		}
		return r
	}
	if h.External {
		return plain(flow.NoteExternalPlaintext, h.Ref.At("spec.location"))
	}
	if !s.Config.AutoMTLS {
		return plain(flow.NoteAutoMTLSOff, s.Config.Field("enableAutoMtls"), ruleRefs(f)...)
	}
	// The hint: what clients guess of the whole service, from the namespace's and the mesh's policies alone.
	if bare, ok := bareEndpoint(f, s); ok {
		return plain(flow.NoteSiblingWithoutSidecar, bare)
	}
	hint := precedence.NamespaceMode(s, h.Namespace)
	if f.Assumed != nil {
		hint = precedence.PeerMode{Mode: f.Assumed.Namespace}
	}
	if len(hint.Gaps) > 0 {
		return assume(f, s, hint.Gaps)
	}
	if hint.Mode == precedence.Disable {
		return plain(flow.NoteHintDisable, hint.From)
	}
	considered := flow.Candidates(hint.Considered)
	if !original(f) {
		marked, note, at, extra, gaps := marked(f, s)
		considered = flow.UniqueCandidates(slices.Concat(extra, considered)) // what is closer to the endpoint is told
		if len(gaps) > 0 {
			return assume(f, s, gaps)
		}
		if !marked {
			r := plain(note, at)
			r.Candidates = append(r.Candidates, considered...)
			return r
		}
	}
	return autoMutual(mutual(f, s, nil), considered)
}

// autoMutual is mutual TLS that nobody asked for: both ends are of the mesh.
func autoMutual(f flow.Flow, considered []flow.Candidate) flow.Result {
	f.Wire.Why = flow.NoteAutoMutual
	r := flow.Pass(f)
	r.Note, r.Candidates = flow.NoteAutoMutual, considered
	f.Wire.Chosen = f.Cluster.Host.Ref
	if f.Endpoint != nil && !f.Endpoint.TLSFrom.IsZero() {
		f.Wire.Chosen = f.Endpoint.TLSFrom
	}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.Wire.Chosen, Applies: true})
	r.Next[0].Flow = f
	return r
}

func ruleRefs(f flow.Flow) []mesh.Ref {
	if f.Cluster.Rule.Rule == nil {
		return nil
	}
	return f.Cluster.Rule.Rule.Sources
}

// bareEndpoint finds, for clusters that do not choose by endpoint, one without a sidecar: it makes the proxy send plaintext to all.
func bareEndpoint(f flow.Flow, s *mesh.Snapshot) (mesh.Ref, bool) {
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

// marked reports whether istiod marks the endpoint as one that takes mutual TLS, and if not why.
func marked(f flow.Flow, s *mesh.Snapshot) (is bool, note flow.Note, at mesh.Ref, considered []flow.Candidate, gaps []mesh.Gap) {
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
			return false, flow.NoteEndpointRulePlaintext, f.Cluster.Rule.Rule.PolicyOf.At("spec.trafficPolicy"), nil, nil
		}
		return e.TLSMode == "istio", flow.NoteEndpointWithoutSidecar, label, nil, nil
	}
	if e.TLSMode != "istio" {
		takes, _ := capture.TakesHBONE(EndpointPod(s, e))
		if sends, at := capture.SendsHBONE(s, f.Pod); takes && !sends {
			return false, flow.NoteTunnelNotSent, at, nil, nil
		}
		return false, flow.NoteEndpointWithoutSidecar, label, nil, nil
	}
	ns := f.Cluster.Host.Namespace
	if e.Pod != nil {
		ns = e.Pod.Namespace
	}
	mode := precedence.PeerAuthentication(s, ns, e.Labels, e.Port)
	if f.Assumed != nil {
		mode = f.Assumed.Mode()
	}
	return mode.Mode != precedence.Disable, flow.NoteServerDisable, mode.From, flow.Candidates(mode.Considered), mode.Gaps
}

// assume goes on for each pair of modes that hidden PeerAuthentications may set, for the namespace and for the workload. Both ends see
// the same ones.
func assume(f flow.Flow, s *mesh.Snapshot, gaps []mesh.Gap) flow.Result {
	r := flow.Pass(f)
	r.Gaps, r.Reason, r.Next = gaps, flow.Unread, nil
	for _, ns := range []precedence.Mode{precedence.Permissive, precedence.Strict, precedence.Disable} {
		for _, workload := range []precedence.Mode{precedence.Unset, precedence.Permissive, precedence.Strict, precedence.Disable} {
			if workload == ns {
				continue
			}
			next := f
			next.Assumed = &flow.Assumption{Namespace: ns, Workload: workload}
			for _, b := range byItself(next, s).Next {
				r.Next = append(r.Next, flow.Branch{Flow: b.Flow})
			}
		}
	}
	return r
}
