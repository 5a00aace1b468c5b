package envoyfilter

import (
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
)

// Cluster is a cluster as matches know it.
type Cluster struct {
	Context  Context
	Name     string   // outbound|PORT|SUBSET|HOST, inbound|PORT||, or one of its own
	Services []string // inbound: the hosts of the Services of the port
}

// key takes the name of a cluster apart (pilot/pkg/model/service.go, ParseSubsetKey).
func (c Cluster) key() (port int, subset, host string) {
	part := strings.Split(c.Name, "|")
	if len(part) < 4 {
		return 0, "", ""
	}
	port, _ = strconv.Atoi(part[1])
	return port, part[2], part[3]
}

// onCluster reports whether a patch matches a cluster (clusterMatch). Where a name is given, nothing else counts.
func (p *Patch) onCluster(c Cluster) bool {
	m := p.match.GetCluster()
	if !p.In(c.Context) {
		return false
	}
	if m.GetName() != "" {
		return m.GetName() == c.Name
	}
	port, subset, host := c.key()
	hosts := []string{host}
	if strings.HasPrefix(c.Name, "inbound|") && len(c.Services) > 0 {
		hosts = c.Services
	}
	return (m.GetSubset() == "" || m.GetSubset() == subset) && (m.GetService() == "" || slices.Contains(hosts, m.GetService())) &&
		(m.GetPortNumber() == 0 || int(m.GetPortNumber()) == port)
}

// Clustered is what patches make of a cluster.
type Clustered struct {
	Removed *Patch
	Merged
	Dropped []*Patch // merge nothing: see Socket
}

// Socket is how istiod has written the transport of a cluster, which decides what becomes of a patch that has a transport socket: it is
// merged into the one of its name, and all other fields of the patch are lost; over automatic mutual TLS one of another name is dropped,
// else it takes the place of the other (mergeTransportSocketCluster).
type Socket int

// The sockets.
const (
	NoSocket   Socket = iota // plaintext
	TLSSocket                // envoy.transport_sockets.tls
	AutoSocket               // transport_socket_matches: TLS for endpoints that take it, else plaintext
)

// Cluster applies the patches of clusters.
func (ps Patches) Cluster(c Cluster, s Socket) Clustered {
	var out Clustered
	for _, p := range ps.All(networking.EnvoyFilter_CLUSTER) {
		if !p.onCluster(c) {
			continue
		}
		switch {
		case p.Op == networking.EnvoyFilter_Patch_REMOVE:
			out.Removed = p
			return out
		case !p.merges():
		case p.Value.Has("transport_socket"):
			name := p.Value.At("transport_socket").Text("name")
			if s == AutoSocket && name != "envoy.transport_sockets.tls" {
				out.Dropped = append(out.Dropped, p)
				continue
			}
			only := *p
			only.Value = map[string]any{"transport_socket": p.Value.Get("transport_socket")}
			out.add(&only)
		default:
			out.add(p)
		}
	}
	return out
}

// Clusters returns the clusters that patches add for a context. One for any context is added outbound and at gateways.
func (ps Patches) Clusters(c Context) []Added {
	var out []Added
	for _, p := range ps.All(networking.EnvoyFilter_CLUSTER) {
		if p.Op == networking.EnvoyFilter_Patch_ADD && (p.match.GetContext() == c || p.match.GetContext() == networking.EnvoyFilter_ANY && c != Inbound) {
			out = append(out, Added{p.Value, p})
		}
	}
	return out
}
