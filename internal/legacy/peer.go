package legacy

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
)

type mtlsMode = security.PeerAuthentication_MutualTLS_Mode

const (
	unset      = security.PeerAuthentication_MutualTLS_UNSET
	disable    = security.PeerAuthentication_MutualTLS_DISABLE
	permissive = security.PeerAuthentication_MutualTLS_PERMISSIVE
	strict     = security.PeerAuthentication_MutualTLS_STRICT
)

func mtls(m mtlsMode) *security.PeerAuthentication_MutualTLS {
	if m == unset {
		return nil
	}
	return &security.PeerAuthentication_MutualTLS{Mode: m}
}

// peers makes the PeerAuthentications: one for the mesh, one for each namespace, one for each workload that a policy targets.
// Their mode is always written out, because an old policy replaced those above it completely.
func (t *translation) peers() {
	if p := t.old.mesh; p != nil {
		r := Resource{Notes: p.peerNotes()}
		r.from(p.Ref)
		t.emitPeer(r, place{namespace: t.RootNamespace}, p.Name, &security.PeerAuthentication{Mtls: mtls(p.mode())})
	}
	for _, p := range t.old.policies() {
		if p.tlsPeers() && slices.ContainsFunc(p.Peers, func(m peerMethod) bool { return m.JWT != nil }) {
			t.leaveOut(p.At("spec.peers"), true, tokenBesideTLS)
		}
	}
	for _, ns := range t.old.policyNamespaces() {
		if p := t.old.namespaces[ns]; p != nil {
			t.namespacePeer(p)
		}
		for _, w := range t.workloads(ns) {
			t.workloadPeer(w)
		}
	}
}

// namespacePeer translates the policy of a namespace. In the root namespace there is no such level: what has no selector there is
// the mesh's (pilot/pkg/model/authentication.go, addPeerAuthentication).
func (t *translation) namespacePeer(p *policy) {
	if p.Namespace == t.RootNamespace {
		t.leaveOut(p.At("spec.peers"), true, rootHasNoPeerLevel)
		return
	}
	r := Resource{Notes: p.peerNotes()}
	r.from(p.Ref)
	t.emitPeer(r, place{namespace: p.Namespace}, p.Name, &security.PeerAuthentication{Mtls: mtls(p.mode())})
}

// peerNotes tells what a reader of the result may wonder about.
func (p *policy) peerNotes() []string {
	var notes []string
	if p.mode() == disable {
		note(&notes, noPeers(p.Ref))
	}
	for _, m := range p.Peers {
		if m.MTLS != nil && m.MTLS.AllowTLS {
			note(&notes, allowTLSIgnored)
		}
	}
	if p.PeerIsOptional && p.mode() == strict {
		note(&notes, peerIsOptionalIgnored)
	}
	return notes
}

// workloadPeer makes the PeerAuthentication of a workload that some policy targets. All of them come into one, because of several
// only the oldest would count.
func (t *translation) workloadPeer(w *workload) {
	base := t.old.base(w)
	r := Resource{}
	if base != nil {
		r.from(base.Ref)
		note(&r.Notes, base.peerNotes()...)
	}
	spec := &security.PeerAuthentication{Mtls: mtls(modeOf(base)), PortLevelMtls: map[uint32]*security.PeerAuthentication_MutualTLS{}}
	ports, _ := t.ports(w)
	for _, p := range ports {
		winner := t.old.winner(p.service, p.spec)
		if !targets(winner) && base == nil {
			continue // left to the namespace and the mesh
		}
		if targets(winner) {
			r.from(winner.Ref)
			note(&r.Notes, winner.peerNotes()...)
		}
		note(&r.NotSame, t.old.doubt(p)...)
		mode := modeOf(winner)
		switch {
		case mode == spec.Mtls.GetMode():
		case winner == nil:
			note(&r.NotSame, samePods(p.service.Name))
		case len(p.targets) == 0:
			note(&r.NotSame, namedPortUnknown(p, mode.String()))
		default:
			for _, target := range p.targets {
				spec.PortLevelMtls[uint32(target)] = mtls(mode)
			}
		}
	}
	note(&r.NotSame, t.unlikePorts(w)...)
	if len(r.From) == 0 {
		return
	}
	if lost, why := t.noPeerFor(w, spec); why != "" {
		for _, ref := range r.From {
			t.leaveOut(ref.At("spec.peers"), lost, why)
		}
		return
	}
	if others := t.overlapping(w); len(others) > 0 {
		note(&r.NotSame, overlap(others))
	}
	t.emitPeer(r, place{w.namespace, w.selector}, t.nameFor(r.From, w), spec)
}

// noPeerFor tells why a workload gets no PeerAuthentication, and whether anything is lost by that. Gateways never had mTLS from a policy
// (pilot/pkg/security/authn/v1alpha1/policy_applier.go, convertPolicyToAuthNFilterConfig).
func (t *translation) noPeerFor(w *workload, spec *security.PeerAuthentication) (lost bool, why string) {
	switch {
	case t.gateway(w):
		return false, gatewayPeers
	case w.namespace == t.RootNamespace:
		return true, rootSelectorIneffective
	case spec.Mtls == nil && len(spec.PortLevelMtls) == 0:
		return true, portsUnknown(w.names())
	}
	return false, ""
}

func targets(p *policy) bool { return p != nil && len(p.Targets) > 0 }

// modeOf is the mode that a policy asks for, UNSET where nothing is known of one.
func modeOf(p *policy) mtlsMode {
	if p == nil {
		return unset
	}
	return p.mode()
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
