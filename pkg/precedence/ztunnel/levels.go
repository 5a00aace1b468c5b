package ztunnel

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// levels are the PeerAuthentications that concern a pod, the oldest of each level.
type levels struct {
	mesh, namespace, workload *securityapi.PeerAuthentication
	// The same, but only of those that have no selector at all, as istiod looks them up when it makes a policy of the workload's one. An
	// empty selector counts as none above and not here, so that the two can disagree.
	bareMesh, bareNamespace *securityapi.PeerAuthentication
	considered              []precedence.Considered
}

func levelsOf(s *mesh.Snapshot, pod *corev1.Pod) levels {
	type key struct{ *corev1.Pod }
	return mesh.Derive(s, key{pod}, func() levels {
		var l levels
		root := s.Config.RootNamespace
		list, _ := s.PeerAuthentications.In(root)
		for _, p := range list {
			l.ofRoot(p, pod.Namespace == root)
		}
		if pod.Namespace == root {
			return l
		}
		list, _ = s.PeerAuthentications.In(pod.Namespace)
		for _, p := range list {
			l.ofNamespace(p, pod)
		}
		return l
	})
}

// ofRoot: a selector in the root namespace is effective for nobody; an empty one counts as none for pods of that namespace alone
// (fetchPeerAuthentications).
func (l *levels) ofRoot(p *securityapi.PeerAuthentication, own bool) {
	selector := p.Spec.GetSelector()
	if selector == nil {
		oldest(&l.bareMesh, p)
	}
	if len(selector.GetMatchLabels()) > 0 || selector != nil && !own {
		l.considered = append(l.considered, precedence.Considered{Ref: ref(p).At("spec.selector"), Why: precedence.RootSelector})
		return
	}
	l.choose(&l.mesh, p)
}

func (l *levels) ofNamespace(p *securityapi.PeerAuthentication, pod *corev1.Pod) {
	selector := p.Spec.GetSelector()
	if selector == nil {
		oldest(&l.bareNamespace, p)
	}
	switch {
	case len(selector.GetMatchLabels()) == 0:
		l.choose(&l.namespace, p)
	case mesh.Selects(selector.GetMatchLabels(), pod.Labels):
		l.choose(&l.workload, p)
	default:
		l.considered = append(l.considered, precedence.Considered{Ref: ref(p).At("spec.selector.matchLabels"), Why: precedence.OtherWorkload})
	}
}

// choose keeps the first of a level; lists come oldest first.
func (l *levels) choose(of **securityapi.PeerAuthentication, p *securityapi.PeerAuthentication) {
	c := precedence.Considered{Ref: ref(p), Applies: true, Why: precedence.Applies}
	if *of != nil {
		c = precedence.Considered{Ref: ref(p), Why: precedence.OlderWins, By: ref(*of)}
	}
	oldest(of, p)
	l.considered = append(l.considered, c)
}

func oldest(of **securityapi.PeerAuthentication, p *securityapi.PeerAuthentication) {
	if *of == nil {
		*of = p
	}
}

// base is the mode that the pod inherits, and the field that sets it.
func (l levels) base() (precedence.Mode, mesh.Ref) {
	mode, from := precedence.Permissive, mesh.Ref{}
	for _, p := range []*securityapi.PeerAuthentication{l.mesh, l.namespace} {
		if m := mtls(p); m != precedence.Unset {
			mode, from = m, ref(p).At("spec.mtls.mode")
		}
	}
	return mode, from
}

// overridden lists what was looked at, with the winner of a level marked as beaten where a narrower one sets the mode for all ports.
func (l levels) overridden() []precedence.Considered {
	out := slices.Clone(l.considered)
	narrower := []*securityapi.PeerAuthentication{l.workload, l.namespace, l.mesh}
	for i, p := range narrower {
		if p == nil || mtls(p) == precedence.Unset {
			continue
		}
		for j, c := range out {
			if slices.ContainsFunc(narrower[i+1:], func(wider *securityapi.PeerAuthentication) bool { return wider != nil && ref(wider) == c.Ref }) {
				out[j] = precedence.Considered{Ref: c.Ref, Why: precedence.NarrowerWins, By: ref(p)}
			}
		}
		break
	}
	return out
}

func (l levels) port(port int) precedence.Mode {
	return modeOf(l.workload.Spec.GetPortLevelMtls()[uint32(port)])
}

func ref(p *securityapi.PeerAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}
}

func modeOf(m *security.PeerAuthentication_MutualTLS) precedence.Mode {
	switch m.GetMode() {
	case security.PeerAuthentication_MutualTLS_DISABLE:
		return precedence.Disable
	case security.PeerAuthentication_MutualTLS_PERMISSIVE:
		return precedence.Permissive
	case security.PeerAuthentication_MutualTLS_STRICT:
		return precedence.Strict
	}
	return precedence.Unset
}

// mtls is the mode that a policy sets for all ports; Unset where there is no policy.
func mtls(p *securityapi.PeerAuthentication) precedence.Mode {
	if p == nil {
		return precedence.Unset
	}
	return modeOf(p.Spec.GetMtls())
}
