package ambient

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Move writes the policies that ztunnel has for a pod so that they say the same where connections come to the pod through a waypoint of a host:
// at the waypoint, where HTTP is read and the client is seen, and at ztunnel, which sees the waypoint in place of the client. What holds for
// connections that do not pass the waypoint stays. AllowAtWaypoint is false where the waypoint has ALLOW policies of its own for the host, and they are
// to decide alone. It returns nothing where policies at ztunnel allow nothing, and the waypoint would let everybody through; and where a rule denies the
// waypoint by its name, so that nothing of the rule would be left.
func Move(s *mesh.Snapshot, pod *corev1.Pod, h *mesh.Host, w Waypoint, allowAtWaypoint bool) []metav1.Object {
	m := &mover{s: s, pod: pod, host: h, waypoint: w}
	if len(h.Selector) == 0 {
		return nil // its pods cannot be told from others
	}
	for _, p := range ztunnel.AuthorizationPolicies(s.ForZtunnels(), pod).Enforced {
		switch {
		case p.Allows():
			m.allow(p, allowAtWaypoint)
		case names(p.AuthorizationPolicy, w, positive):
			return nil
		default:
			m.deny(p)
		}
	}
	if m.allows {
		if !m.asks && !Attached(s, h, w) {
			return nil
		}
		m.out = append(m.out, fromWaypoint(s, h, w))
	}
	if m.tokens {
		m.authentications()
	}
	return m.out
}

// Allow lets what a rule matches in at the waypoint of a host alone, and the waypoint in at the pods.
func Allow(s *mesh.Snapshot, h *mesh.Host, w Waypoint, rule *security.Rule) []metav1.Object {
	if len(h.Selector) == 0 {
		return nil
	}
	p := &securityapi.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Name: unused(s, h.Namespace, h.Ref.Name+"-allow"), Namespace: h.Namespace}}
	p.Spec.TargetRefs, p.Spec.Rules = targets(h), []*security.Rule{rule}
	return []metav1.Object{p, fromWaypoint(s, h, w)}
}

// Attached reports whether a waypoint has ALLOW policies for a host.
func Attached(s *mesh.Snapshot, h *mesh.Host, w Waypoint) bool {
	found := waypoint.AuthorizationPolicies(s.ForZtunnels(), waypoint.Target{Gateway: w.Ref, Host: h})
	return slices.ContainsFunc(found.Policies, func(p *securityapi.AuthorizationPolicy) bool {
		return p.Spec.Action == security.AuthorizationPolicy_ALLOW
	})
}

type mover struct {
	s        *mesh.Snapshot
	pod      *corev1.Pod
	host     *mesh.Host
	waypoint Waypoint
	allows   bool // some ALLOW policy is on the way to the pod
	asks     bool // and one moves to the waypoint
	tokens   bool // some rule that moves looks at tokens
	out      []metav1.Object
}

// allow: rules that ask for HTTP are of no use at ztunnel, and leave. The others stay, for whoever comes without the waypoint.
func (m *mover) allow(p *ztunnel.Policy, copyRules bool) {
	m.allows = true
	var stay []*security.Rule
	for i := range p.Rules {
		if p.Rules[i].Fate != ztunnel.Dropped {
			stay = append(stay, p.Spec.Rules[i])
		}
	}
	switch {
	case len(p.Rules) == 0: // it allows nothing, wherever it is
	case !copyRules && len(stay) == len(p.Rules):
	case len(stay) == 0 && m.alone(p):
		m.move(p, p.Name)
	default:
		if m.move(p, m.copied(p)); len(stay) < len(p.Rules) && m.alone(p) {
			c := p.DeepCopy()
			c.Spec.Rules = stay
			m.out = append(m.out, c)
		}
	}
}

// deny: behind the waypoint a ztunnel cannot tell clients apart, and what it denies to all it would deny to the waypoint.
func (m *mover) deny(p *ztunnel.Policy) {
	inert := 0
	var c *securityapi.AuthorizationPolicy
	for i := range p.Rules {
		switch r := &p.Rules[i]; {
		case r.Fate == ztunnel.Inert:
			inert++
		case m.meets(r):
			if c == nil {
				c = p.DeepCopy()
			}
			except(c.Spec.Rules[i], m.waypoint)
		}
	}
	switch {
	case len(p.Rules) == 0:
		return
	case inert == len(p.Rules) && m.alone(p):
		m.move(p, p.Name)
		return
	}
	m.move(p, m.copied(p))
	if c != nil {
		m.out = append(m.out, c)
	}
}

func (m *mover) move(p *ztunnel.Policy, name string) {
	m.asks = m.asks || p.Allows()
	m.tokens = m.tokens || slices.ContainsFunc(p.Spec.Rules, asksForToken)
	m.out = append(m.out, moved(p.AuthorizationPolicy, m.host, name))
}

// copied is the name of a copy of a policy; two can come from namespaces of their own.
func (m *mover) copied(p *ztunnel.Policy) string {
	name := unused(m.s, m.host.Namespace, p.Name+"-"+m.host.Ref.Name)
	if slices.ContainsFunc(m.out, func(o metav1.Object) bool { return o.GetName() == name }) {
		name = unused(m.s, m.host.Namespace, p.Namespace+"-"+name)
	}
	return name
}

// alone reports whether a policy concerns the pods of the host and no others, so that it can be moved as it is.
func (m *mover) alone(p *ztunnel.Policy) bool {
	return p.Namespace == m.host.Namespace && m.selects(p.Spec.GetSelector().GetMatchLabels())
}

// selects reports whether labels select pods of the host alone.
func (m *mover) selects(labels map[string]string) bool {
	if len(labels) == 0 || len(m.host.Selector) == 0 {
		return false
	}
	pods, _ := m.s.Pods.In(m.host.Namespace)
	return !slices.ContainsFunc(pods, func(p *corev1.Pod) bool {
		return mesh.Selects(labels, p.Labels) && !mesh.Selects(m.host.Selector, p.Labels)
	})
}

// meets reports whether a rule can match a connection that comes from the waypoint.
func (m *mover) meets(r *ztunnel.Rule) bool {
	peer := mesh.Identity(m.s.Config.TrustDomain(), m.waypoint.Ref.Namespace, m.waypoint.Account)
	for _, clause := range r.Clauses() {
		if !slices.ContainsFunc(clause, func(a ztunnel.Alternative) bool {
			return len(a.Conditions) > 0 && !slices.ContainsFunc(a.Conditions, func(c ztunnel.Condition) bool { return fails(c, peer) })
		}) {
			return false
		}
	}
	return true
}

// fails reports whether a condition does not hold for a peer. Of ports and addresses, which are several, each may.
func fails(c ztunnel.Condition, peer string) bool {
	switch c.Of {
	case ztunnel.Principal, ztunnel.Namespace, ztunnel.ServiceAccount:
		_, is, known := c.Holds(ztunnel.Connection{Peer: peer})
		return known && !is
	}
	return false
}

// authentications moves the rules for tokens along: a waypoint takes up none that has a selector.
func (m *mover) authentications() {
	list, _ := m.s.RequestAuthentications.In(m.host.Namespace, m.s.Config.RootNamespace)
	for _, p := range list {
		labels := p.Spec.GetSelector().GetMatchLabels()
		if len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil || !mesh.Selects(labels, m.pod.Labels) {
			continue
		}
		c := p.DeepCopy()
		if p.Namespace != m.host.Namespace || !m.selects(labels) {
			c.ObjectMeta = metav1.ObjectMeta{Name: p.Name + "-" + m.host.Ref.Name, Namespace: m.host.Namespace}
		}
		c.Spec.Selector, c.Spec.TargetRefs = nil, targets(m.host)
		m.out = append(m.out, c)
	}
}

// Tokens moves a RequestAuthentication that has a selector to the waypoint of a host.
func Tokens(s *mesh.Snapshot, pod *corev1.Pod, h *mesh.Host) []metav1.Object {
	m := &mover{s: s, pod: pod, host: h}
	m.authentications()
	return m.out
}
