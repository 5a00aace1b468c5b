package legacy

import (
	"slices"
)

// identity tells what the attributes of a caller were taken from. source.principal was always the peer's. The principal binding set
// request.auth.principal, which was the peer's too unless it said USE_ORIGIN (src/envoy/utils/authn.cc, SaveAuthAttributesToStruct).
type identity struct {
	peerToken    bool // source.principal came from a token
	requestToken bool // request.auth.principal did
}

// identity of the callers that a policy lets in. Without any policy the words are taken as they are meant today.
func (p *policy) identity() identity {
	if p == nil {
		return identity{requestToken: true}
	}
	peer := len(p.peerTokens()) > 0
	return identity{peer, p.PrincipalBinding == "USE_ORIGIN" || peer}
}

// identities lists what callers were known by on the HTTP ports of a workload, or of all Services of a namespace; at least one.
func (t *translation) identities(namespace string, w *workload) []identity {
	var out []identity
	add := func(p *policy) {
		if id := p.identity(); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	workloads := []*workload{w}
	if w == nil {
		workloads = t.workloads(namespace)
		add(t.old.next(namespace))
	}
	for _, w := range workloads {
		ports, _ := t.ports(w)
		for _, p := range ports {
			if p.http {
				add(t.old.winner(p.service, p.spec))
			}
		}
	}
	if len(out) == 0 {
		add(t.old.next(namespace))
	}
	return out
}

// split reports whether the Services of a namespace have to be translated one by one, since a subject means another thing on some of them.
func (t *translation) split(namespace string, bindings []*serviceRoleBinding) bool {
	ids := t.identities(namespace, nil)
	return len(ids) > 1 && caresForIdentity(bindings, ids)
}

// caresForIdentity reports whether any subject depends on what differs.
func caresForIdentity(bindings []*serviceRoleBinding, ids []identity) bool {
	peer, request := false, false
	for _, id := range ids {
		peer = peer || id.peerToken != ids[0].peerToken
		request = request || id.requestToken != ids[0].requestToken
	}
	for _, b := range bindings {
		for _, s := range b.Subjects {
			_, token := s.Properties["request.auth.principal"]
			if request && token || peer && (s.User != "" || len(s.Names)+len(s.NotNames)+len(s.Properties) > 0) {
				return true
			}
		}
	}
	return false
}
