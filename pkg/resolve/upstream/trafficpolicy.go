package upstream

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ClusterTLS is what the rule says on TLS: of a port's entry alone where there is one for the Service's port, nothing inherited; of the
// subset before the rule (util.GetPortLevelTrafficPolicy, MergeSubsetTrafficPolicy).
func ClusterTLS(c *flow.Cluster) (*networking.ClientTLSSettings, mesh.Ref) {
	rule := c.Rule.Rule
	if rule == nil {
		return nil, mesh.Ref{}
	}
	base, at := portTLS(rule.Policy, c.Port.Number, rule.PolicyOf.At("spec.trafficPolicy"))
	if rule.PolicyOf.Kind == mesh.BackendTLSPolicy && !at.IsZero() {
		at = rule.BackendTLS(c.Port.Number)
	}
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" && sub.TrafficPolicy != nil {
		where := sub.Ref.At(sub.Ref.Field + ".trafficPolicy")
		if _, found := portEntry(sub.TrafficPolicy, c.Port.Number); found {
			return portTLS(sub.TrafficPolicy, c.Port.Number, where)
		}
		if sub.TrafficPolicy.Tls != nil {
			return sub.TrafficPolicy.Tls, where.At(where.Field + ".tls")
		}
	}
	return base, at
}

func portEntry(p *networking.TrafficPolicy, port int) (*networking.TrafficPolicy_PortTrafficPolicy, bool) {
	for _, e := range p.GetPortLevelSettings() {
		if int(e.GetPort().GetNumber()) == port {
			return e, true
		}
	}
	return nil, false
}

func portTLS(p *networking.TrafficPolicy, port int, at mesh.Ref) (*networking.ClientTLSSettings, mesh.Ref) {
	if e, ok := portEntry(p, port); ok {
		entry := at.At(config.Nth(at.Field+".portLevelSettings", slices.Index(p.PortLevelSettings, e)))
		if e.Tls == nil {
			return nil, entry
		}
		return e.Tls, entry.At(entry.Field + ".tls")
	}
	if p.GetTls() == nil {
		return nil, mesh.Ref{}
	}
	return p.Tls, at.At(at.Field + ".tls")
}

// loadBalancer is what the rule says on load balancing.
func loadBalancer(c *flow.Cluster) *networking.LoadBalancerSettings {
	return block(c, (*networking.TrafficPolicy).GetLoadBalancer, (*networking.TrafficPolicy_PortTrafficPolicy).GetLoadBalancer)
}

// connectionPool is what the rule says on connections.
func connectionPool(c *flow.Cluster) *networking.ConnectionPoolSettings {
	return block(c, (*networking.TrafficPolicy).GetConnectionPool, (*networking.TrafficPolicy_PortTrafficPolicy).GetConnectionPool)
}

// block is a part of the policy: of a port's entry alone where there is one; a subset's before the rule's.
func block[T any](c *flow.Cluster, of func(*networking.TrafficPolicy) *T, ofPort func(*networking.TrafficPolicy_PortTrafficPolicy) *T) *T {
	rule := c.Rule.Rule
	if rule == nil {
		return nil
	}
	b := of(rule.Policy)
	if e, ok := portEntry(rule.Policy, c.Port.Number); ok {
		b = ofPort(e)
	}
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" && sub.TrafficPolicy != nil {
		if e, ok := portEntry(sub.TrafficPolicy, c.Port.Number); ok {
			return ofPort(e)
		}
		if x := of(sub.TrafficPolicy); x != nil {
			b = x
		}
	}
	return b
}

// endpointTLS is the mode as endpoints are marked by it. Unlike the cluster's it falls back: a port's entry without tls leaves the
// rule's in force (tlsModeForDestinationRule).
func endpointTLS(c *flow.Cluster) *networking.ClientTLSSettings {
	rule := c.Rule.Rule
	if rule == nil {
		return nil
	}
	of := func(p *networking.TrafficPolicy) *networking.ClientTLSSettings {
		if e, ok := portEntry(p, c.Port.Number); ok && e.Tls != nil {
			return e.Tls
		}
		return p.GetTls()
	}
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" {
		if t := of(sub.TrafficPolicy); t != nil {
			return t
		}
	}
	return of(rule.Policy)
}
