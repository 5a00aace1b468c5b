package logged

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// ztunnelLine is the line that a ztunnel wrote of a connection: the client's own of what it opened, the server's of what came in plaintext.
func ztunnelLine(s *mesh.Snapshot, r truth.Request, c truth.Connection) string {
	client := podOf(s, r.From)
	if client == "" || c.To == "" {
		return ""
	}
	name, namespace, _ := strings.Cut(r.From, ".")
	var b strings.Builder
	level := "info"
	if c.Error != "" {
		level = "error"
	}
	fmt.Fprintf(&b, "2030-01-01T00:00:00.000000Z\t%s\taccess\tconnection complete\tsrc.addr=%s src.workload=%q src.namespace=%q", level, withPort(client, 4711), name, namespace)
	if c.Source != "" {
		fmt.Fprintf(&b, " src.identity=%q", c.Source)
	}
	fmt.Fprintf(&b, " dst.addr=%s", c.To)
	inner := c.To
	if c.HBONE != "" {
		fmt.Fprintf(&b, " dst.hbone_addr=%s", c.HBONE)
		inner = c.HBONE
	}
	if host := dialledHost(s, r, c); host != "" {
		fmt.Fprintf(&b, " dst.service=%q", host)
	}
	if c.Workload != "" {
		fmt.Fprintf(&b, " dst.workload=%q", c.Workload)
		ip, _ := splitHost(c.To)
		if p := s.PodAt(ip); p != nil {
			fmt.Fprintf(&b, " dst.namespace=%q", p.Namespace)
		} else if ip, _ = splitHost(inner); s.PodAt(ip) != nil {
			fmt.Fprintf(&b, " dst.namespace=%q", s.PodAt(ip).Namespace)
		}
	}
	if c.Peer != "" {
		fmt.Fprintf(&b, " dst.identity=%q", c.Peer)
	}
	fmt.Fprintf(&b, " direction=%q bytes_sent=0 bytes_recv=0 duration=\"0ms\"", c.Direction)
	if c.Error != "" {
		fmt.Fprintf(&b, " error=%q", c.Error)
	}
	return b.String()
}

// dialledHost is the Service or ServiceEntry whose address a captured client dialled, which its ztunnel logs beside the pod.
func dialledHost(s *mesh.Snapshot, r truth.Request, c truth.Connection) string {
	if c.Direction != "outbound" {
		return ""
	}
	host, port := splitHost(strings.SplitN(strings.SplitN(r.URL, "://", 2)[1], "/", 2)[0])
	ip, err := netip.ParseAddr(dialledIP(s, r, host, port))
	if err != nil {
		return ""
	}
	hosts, _ := s.Hosts()
	for _, h := range hosts {
		for _, a := range h.Addresses {
			if x, err := netip.ParseAddr(a); err == nil && x == ip {
				return h.Name
			}
		}
	}
	return ""
}

func dialledIP(s *mesh.Snapshot, r truth.Request, host string, port int) string {
	if r.Via != "" {
		host, port = splitHost(r.Via)
		r.Via = ""
	}
	ip, _ := splitHost(dialledAddress(s, r, host, port))
	return ip
}

// atWaypoint is the address that a waypoint's line shows as its own: that which the client dialled.
func atWaypoint(s *mesh.Snapshot, r truth.Request, proxy, host string, port int) string {
	i := strings.LastIndexByte(proxy, '.')
	p, ok, _ := s.Pods.Get(proxy[i+1:], proxy[:i])
	if !ok || mesh.RoleOf(p) != mesh.WaypointProxy {
		return ""
	}
	return dialledAddress(s, r, host, port)
}
