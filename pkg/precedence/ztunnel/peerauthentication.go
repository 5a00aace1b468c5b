package ztunnel

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Peer is what ztunnel does with plaintext that comes to a port of a pod. It takes HBONE whatever is set: DISABLE is PERMISSIVE to it.
type Peer struct {
	Refuses    bool     // plaintext
	Policy     string   // the policy that istiod made of it, as ztunnel's log names it; empty where plaintext is accepted without one
	From       mesh.Ref // the field that decides; zero where nothing is set
	Missing    string   // the policy that the pod refers to and istiod does not make, which leaves every port of it open
	Considered []precedence.Considered
	Gaps       []mesh.Gap
}

// PortLevelLost is why a port's mode has no effect: DISABLE under a STRICT that is inherited.
const PortLevelLost precedence.LossReason = "PortLevelLost"

const (
	staticStrict = "istio_converted_static_strict"
	converted    = "converted_peer_authentication_"
)

// PeerAuthentication returns what ztunnel does with plaintext to a port of the pod itself, never of a Service. Of each level the oldest
// PeerAuthentication counts (authorization.go, convertedSelectorPeerAuthentications).
func PeerAuthentication(s *mesh.Snapshot, pod *corev1.Pod, port int) Peer {
	l := levelsOf(s, pod)
	out := Peer{Considered: l.overridden(), Gaps: s.PeerAuthentications.Gaps(s.Config.RootNamespace, pod.Namespace)}
	base, from := l.base()
	if l.workload == nil {
		return out.static(s, base == precedence.Strict, from)
	}
	own := modeOf(l.workload.Spec.GetMtls())
	if own != precedence.Unset {
		base, from = own, ref(l.workload).At("spec.mtls.mode")
	}
	if !l.refersToPorts(base, own) {
		out = out.static(s, base == precedence.Strict, from)
		if entry := l.port(port); entry != precedence.Unset && out.Refuses != (entry == precedence.Strict) {
			at := ref(l.workload).At(portField(port))
			out.Considered = append(out.Considered, precedence.Considered{Ref: at, Why: PortLevelLost, By: from.Object()})
		}
		return out
	}
	name := l.workload.Namespace + "/" + converted + l.workload.Name
	groups := l.convert()
	if len(groups) == 0 {
		out.Missing, out.From = name, ref(l.workload).At("spec.portLevelMtls")
		return out
	}
	out.Policy, out.From = name, from
	if l.port(port) != precedence.Unset {
		out.From = ref(l.workload).At(portField(port))
	}
	out.Refuses = slices.ContainsFunc(groups, func(g group) bool { return g.takes(port) })
	return out
}

func portField(port int) string { return "spec.portLevelMtls[" + strconv.Itoa(port) + "].mode" }

func (p Peer) static(s *mesh.Snapshot, strict bool, from mesh.Ref) Peer {
	if p.From = from; strict {
		p.Refuses, p.Policy = true, s.Config.RootNamespace+"/"+staticStrict
	}
	return p
}

// refersToPorts reports whether the pod refers to a policy that istiod is to make of the workload's PeerAuthentication, in place of the
// static one: only where a port differs from the rest. Under an inherited STRICT, DISABLE is not counted as differing.
func (l levels) refersToPorts(base, own precedence.Mode) bool {
	differs := func(modes ...precedence.Mode) bool {
		for _, m := range l.workload.Spec.GetPortLevelMtls() {
			if slices.Contains(modes, modeOf(m)) {
				return true
			}
		}
		return false
	}
	switch {
	case own == precedence.Strict:
		return differs(precedence.Permissive, precedence.Disable)
	case own == precedence.Unset && base == precedence.Strict:
		return differs(precedence.Permissive)
	}
	return differs(precedence.Strict)
}

// group is a part of the policy that istiod makes: it refuses plaintext to the ports that it names, or to all but those.
type group struct {
	only   []uint32
	except []uint32
}

func (g group) takes(port int) bool {
	if g.only != nil {
		return slices.Contains(g.only, uint32(port))
	}
	return !slices.Contains(g.except, uint32(port))
}

// convert makes the policy (convertPeerAuthentication). It comes out empty where nothing in it would ever match.
func (l levels) convert() []group {
	own := modeOf(l.workload.Spec.GetMtls())
	bareNamespace, bareMesh := mtls(l.bareNamespace), mtls(l.bareMesh)
	strictAbove := l.bareNamespace != nil && bareNamespace == precedence.Strict ||
		(l.bareNamespace == nil || bareNamespace == precedence.Unset) && l.bareMesh != nil && bareMesh == precedence.Strict
	// An exception counts where STRICT is inherited; of a namespace that has a policy without a mode, what the mesh says is not seen.
	inherits := l.bareNamespace != nil && bareNamespace == precedence.Strict || l.bareNamespace == nil && l.bareMesh != nil && bareMesh == precedence.Strict
	var groups []group
	rest := group{except: []uint32{}}
	for port, m := range l.workload.Spec.GetPortLevelMtls() {
		switch modeOf(m) {
		case precedence.Strict:
			if own != precedence.Strict && !(own == precedence.Unset && strictAbove) {
				groups = append(groups, group{only: []uint32{port}})
			}
		case precedence.Permissive, precedence.Disable:
			if own == precedence.Strict || own == precedence.Unset && inherits {
				rest.except = append(rest.except, port)
			}
		}
	}
	if len(rest.except) > 0 {
		groups = append(groups, rest)
	}
	return groups
}
