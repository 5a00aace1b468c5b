package legacy

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// winner is the one policy that counted for a port of a Service: of those that target it the oldest that fits the port, else the
// namespace's, else the mesh's. The others did not count at all (pilot/pkg/model/push_context.go, AuthenticationPolicyForWorkload).
func (o *old) winner(s *corev1.Service, p corev1.ServicePort) *policy {
	for _, candidate := range o.targeted[s.Namespace] {
		for _, target := range candidate.Targets {
			if target.Name == s.Name && target.fits(p) {
				return candidate
			}
		}
	}
	return o.next(s.Namespace)
}

// next is what counts in a namespace for Services that no policy targets.
func (o *old) next(namespace string) *policy {
	if p := o.namespaces[namespace]; p != nil {
		return p
	}
	return o.mesh
}

// whole is the policy that counts for those ports of a Service that no older one names.
func (o *old) whole(s *corev1.Service) *policy {
	for _, candidate := range o.targeted[s.Namespace] {
		for _, target := range candidate.Targets {
			if target.Name == s.Name && len(target.Ports) == 0 {
				return candidate
			}
		}
	}
	return nil
}

// base is the policy of a workload's ports that no older one names: the one of its oldest Service that has one which counts anywhere.
func (o *old) base(w *workload) *policy {
	for _, s := range w.services {
		p := o.whole(s)
		if p != nil && slices.ContainsFunc(s.Spec.Ports, func(port corev1.ServicePort) bool { return o.winner(s, port) == p }) {
			return p
		}
	}
	return nil
}

// doubt tells of a winner that only its name made the oldest. Files seldom hold creation times.
func (o *old) doubt(p port) []string {
	winner := o.winner(p.service, p.spec)
	var out []string
	for _, rival := range o.targeted[p.service.Namespace] {
		for _, target := range rival.Targets {
			if targets(winner) && rival != winner && rival.created.Equal(winner.created) && target.Name == p.service.Name && target.fits(p.spec) {
				note(&out, sameAge(rival.Ref, winner.Ref))
			}
		}
	}
	return out
}

// fits reports whether the target means a port. Ports are the Service's, by number or by name.
func (t targetSelector) fits(p corev1.ServicePort) bool {
	if len(t.Ports) == 0 {
		return true
	}
	return slices.ContainsFunc(t.Ports, func(s portSelector) bool {
		return s.Number != 0 && int32(s.Number) == p.Port || s.Name != "" && s.Name == p.Name
	})
}

// mode is what the server did with plaintext. Only the first mtls counts; without any the server spoke plaintext alone
// (pilot/pkg/security/authn/v1alpha1/policy_applier.go, InboundFilterChain). peerIsOptional does not open a STRICT listener.
func (p *policy) mode() mtlsMode {
	for _, m := range p.Peers {
		switch {
		case m.MTLS == nil:
		case m.MTLS.Mode == "PERMISSIVE":
			return permissive
		default:
			return strict
		}
	}
	return disable
}

// tlsPeers reports whether certificates are among the ways in which a caller can say who it is.
func (p *policy) tlsPeers() bool {
	return slices.ContainsFunc(p.Peers, func(m peerMethod) bool { return m.MTLS != nil })
}

// policyNamespaces lists the namespaces that have a Policy.
func (o *old) policyNamespaces() []string {
	names := map[string]bool{}
	for ns := range o.namespaces {
		names[ns] = true
	}
	for ns := range o.targeted {
		names[ns] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// policies lists all of them.
func (o *old) policies() []*policy {
	var out []*policy
	if o.mesh != nil {
		out = append(out, o.mesh)
	}
	for _, ns := range o.policyNamespaces() {
		if p := o.namespaces[ns]; p != nil {
			out = append(out, p)
		}
		out = append(out, o.targeted[ns]...)
	}
	return out
}
