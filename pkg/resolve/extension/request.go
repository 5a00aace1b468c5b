package extension

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// requestOf is the request as filters see it.
func requestOf(f flow.Flow) *matching.Request {
	m := f.Message
	return &matching.Request{Method: m.Method, Path: m.Path, Authority: m.Authority, Scheme: f.SchemeHeader(), Port: arrivedAt(f), Principal: f.Principal, TLS: f.Wire.Transport != flow.Plaintext,
		ServerName: f.ServerName(), Source: f.Wire.Source, Remote: f.RemoteAddress(),
		Lines: func(name string) ([]string, bool) { return m.Headers.Values(name), !m.Hides(name) }}
}

// arrivedAt is the port that the proxy's connection was made to (RBAC's destination_port): on a client's sidecar the one that its program called,
// whatever the listener is bound to.
func arrivedAt(f flow.Flow) int {
	if f.At.Role == flow.ClientSidecar {
		return f.Dial.Port
	}
	return f.Wire.Port
}

// around is what filters need to know of the proxy.
func around(s *mesh.Snapshot, f flow.Flow) effect.Around {
	return effect.Around{Cluster: func(name string) evidence.Tri { return hasCluster(s, f, name) }, Limited: limited(f)}
}

// staticClusters are those of a proxy's bootstrap, and those that istiod writes for every proxy.
var staticClusters = []string{"BlackHoleCluster", "PassthroughCluster", "InboundPassthroughCluster", "prometheus_stats", "agent", "sds-grpc", "xds-grpc", "zipkin", "outbound_tcp"}

// hasCluster reports whether the proxy has a cluster: one that a patch adds, one of a host that it knows, or one that every proxy has.
func hasCluster(s *mesh.Snapshot, f flow.Flow, name string) evidence.Tri {
	if slices.Contains(staticClusters, name) {
		return evidence.Unknown
	}
	for _, a := range f.Extended.Patches.Clusters(contextOf(f)) {
		if a.Value.Text("name") == name {
			return evidence.True
		}
	}
	contexts := []envoyfilter.Context{envoyfilter.Inbound, envoyfilter.Outbound}
	if f.At.Role == flow.Waypoint {
		contexts = contexts[:1] // istiod adds no others there
	}
	for _, c := range contexts {
		for _, a := range f.Extended.Patches.Clusters(c) {
			if a.Value.Text("name") == name && f.At.Role != flow.IngressGateway && f.At.Role != flow.EgressGateway {
				return evidence.True // a proxy's clusters are for both directions
			}
		}
	}
	part := strings.Split(name, "|")
	if len(part) != 4 || part[0] != "outbound" {
		return evidence.Of(len(part) == 4)
	}
	hosts := s.HostsNamed(part[3])
	_, gaps := s.Hosts()
	switch {
	case len(hosts) > 0:
		return evidence.Unknown // whether this proxy knows it depends on more
	case len(gaps) > 0:
		return evidence.Unknown
	}
	return evidence.False
}

// limited reports whether the route or the virtual host of the request has rate limits.
func limited(f flow.Flow) bool {
	x := f.Extended
	return len(x.Route.Set.At("route").List("rate_limits")) > 0 || len(x.Host.Set.List("rate_limits")) > 0
}
