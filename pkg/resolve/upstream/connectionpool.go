package upstream

import (
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// upgrade lets a cluster speak HTTP/2 where its port does not ask for it: the DestinationRule or the mesh config wants it, or the client's own
// protocol is kept (pilot/pkg/networking/core/cluster_traffic_policy.go, shouldH2Upgrade). Applications that speak HTTP/1.1 only do not
// understand it; a server's sidecar does.
func upgrade(c *flow.Cluster, s *mesh.Snapshot, f flow.Flow) {
	if c.HTTP2 {
		return
	}
	pool := connectionPool(c)
	by := mesh.Ref{}
	if c.Rule.Rule != nil {
		by = c.Rule.Rule.PolicyOf.At("spec.trafficPolicy")
	}
	if pool == nil {
		pool, by = s.Config.Proto.GetDefaultTrafficPolicy().GetConnectionPool(), s.Config.Field("defaultTrafficPolicy")
	}
	http := pool.GetHttp()
	switch {
	case http.GetUseClientProtocol():
		c.HTTP2 = f.Message.HTTP2
	case http.GetH2UpgradePolicy() == networking.ConnectionPoolSettings_HTTPSettings_UPGRADE:
		c.HTTP2 = true
	case http.GetH2UpgradePolicy() == networking.ConnectionPoolSettings_HTTPSettings_DO_NOT_UPGRADE:
	case c.Port.Protocol == mesh.HTTP && s.Config.Proto.GetH2UpgradePolicy() == meshconfig.MeshConfig_UPGRADE:
		c.HTTP2, by = true, s.Config.Field("h2UpgradePolicy")
	}
	if c.HTTP2 {
		c.HTTP2By = by
	}
}

// ServerPool is the connection pool between a server's sidecar and its application: that of the rule which the server's own namespace
// has for the Service, if any (buildInboundCluster of pilot/pkg/networking/core/cluster_builder.go).
func ServerPool(s *mesh.Snapshot, pod *corev1.Pod, t mesh.Target) (*networking.ConnectionPoolSettings, []mesh.Gap) {
	rule := precedence.DestinationRule(s, precedence.Client{Namespace: pod.Namespace}, t.Host)
	if pool := connectionPool(&flow.Cluster{Host: t.Host, Port: t.Port, Rule: rule}); pool != nil {
		return pool, rule.Gaps
	}
	return s.Config.Proto.GetDefaultTrafficPolicy().GetConnectionPool(), rule.Gaps
}

// UnmodelledPolicy lists what a DestinationRule asks for that is not modelled and changes what arrives, or where: a PROXY header, and a
// tunnel through a proxy for what is not HTTP (spec of each field).
func UnmodelledPolicy(f flow.Flow) []mesh.Ref {
	c := f.Cluster
	var out []mesh.Ref
	look := func(p *networking.TrafficPolicy, at mesh.Ref) {
		if p.GetProxyProtocol() != nil {
			out = append(out, at.At(at.Field+".proxyProtocol"))
		}
		if p.GetTunnel() != nil && !f.L7 {
			out = append(out, at.At(at.Field+".tunnel"))
		}
	}
	if rule := c.Rule.Rule; rule != nil {
		look(rule.Policy, rule.PolicyOf.At("spec.trafficPolicy"))
		if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" {
			look(sub.TrafficPolicy, sub.Ref.At(sub.Ref.Field+".trafficPolicy"))
		}
	}
	if t, tls := ClusterTLS(c); t.GetCaCertCredentialName() != "" {
		out = append(out, tls.At(tls.Field+".caCertCredentialName")) // Istio 1.32
	}
	return out
}

// UnmodelledMesh lists what the mesh config asks for that is not modelled: objects from elsewhere than this cluster, and the visibility
// of ServiceEntries by the labels of namespaces.
func UnmodelledMesh(s *mesh.Snapshot) []mesh.Ref {
	var out []mesh.Ref
	for _, c := range s.Config.Proto.GetConfigSources() {
		if c.GetAddress() != "k8s://" && c.GetAddress() != "k8s:///" {
			out = append(out, s.Config.Field("configSources"))
			break
		}
	}
	if s.Config.Proto.GetServiceEntryVisibility().GetApplyToSidecars() {
		out = append(out, s.Config.Field("serviceEntryVisibility"))
	}
	return out
}
