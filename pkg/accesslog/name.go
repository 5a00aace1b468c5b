package accesslog

import (
	"net/netip"
	"strconv"
	"strings"
)

// Direction is which way a cluster of Istio's leads.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"  // to the application behind the proxy
	Outbound Direction = "outbound" // to other parties
)

// Cluster is what the name of a cluster says: direction, port, subset and host.
type Cluster struct {
	Direction Direction // empty for a name that is not istiod's
	Port      int
	Subset    string
	Host      string
	Unknown   bool // a cluster for destinations that the proxy does not know: passed on, or blocked
}

// ParseCluster reads a name that istiod gives to clusters: outbound|8000|v1|httpbin.bar.svc.cluster.local, inbound|8080||,
// PassthroughCluster, BlackHoleCluster, InboundPassthroughCluster.
func ParseCluster(name string) Cluster {
	switch {
	case strings.HasPrefix(name, "InboundPassthroughCluster"):
		return Cluster{Direction: Inbound, Unknown: true}
	case strings.HasPrefix(name, "PassthroughCluster"), name == "BlackHoleCluster":
		return Cluster{Direction: Outbound, Unknown: true}
	}
	return byMarks(name, "|")
}

// ParseServerName reads the server name that a sidecar sends with mutual TLS: outbound_.8000_._.httpbin.bar.svc.cluster.local. It names the
// Service that the client dialled.
func ParseServerName(name string) Cluster { return byMarks(name, "_.") }

func byMarks(name, mark string) Cluster {
	parts := strings.SplitN(name, mark, 4)
	if len(parts) != 4 {
		return Cluster{}
	}
	c := Cluster{Direction: Direction(parts[0]), Subset: parts[2], Host: parts[3]}
	if c.Direction == "inbound-vip" {
		c.Direction = Inbound // of a waypoint, towards a Service that it serves
	}
	port, err := strconv.Atoi(parts[1])
	if err != nil || c.Direction != Inbound && c.Direction != Outbound {
		return Cluster{}
	}
	c.Port = port
	return c
}

// Address reads an address with its port: 10.0.0.1:80 or [fd00::1]:80. It reports false for another kind of address.
func Address(s string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		ip, err := netip.ParseAddr(strings.Trim(s, "[]"))
		if err != nil {
			return netip.AddrPort{}, false
		}
		return netip.AddrPortFrom(ip.Unmap(), 0), true
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), true
}
