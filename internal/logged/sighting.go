package logged

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// Sighting is a line's place in a mesh: who wrote it, who asked, and the question that it answers.
type Sighting struct {
	Proxy  *corev1.Pod // nil where nobody can tell
	Role   explain.Role
	Source *corev1.Pod // nil for a client that is no pod, or not known
	Client netip.Addr  // of the request, as the proxy saw it; the zero Addr where it did not say
	// Questions are what may have been asked, the likeliest first: a line of a server does not always tell by which name it was called.
	Questions []question.Question
	Why       []explain.Note
}

// locator finds the places of lines in a mesh.
type locator struct {
	s     *mesh.Snapshot
	base  question.Question // what all questions share
	names map[string][]*corev1.Pod
	hosts map[netip.Addr][]*mesh.Host // by their addresses
	agent bool                        // whether anything compares the header user-agent
}

func newLocator(s *mesh.Snapshot, base question.Question) *locator {
	l := &locator{s: s, base: base, names: map[string][]*corev1.Pod{}, hosts: map[netip.Addr][]*mesh.Host{}}
	pods, _ := s.Pods.All()
	for _, p := range pods {
		l.names[p.Name] = append(l.names[p.Name], p)
	}
	s.Each(func(k mesh.Kind, o metav1.Object) {
		switch k {
		case mesh.AuthorizationPolicy, mesh.VirtualService, mesh.HTTPRoute, mesh.GRPCRoute:
			data, err := json.Marshal(o)
			l.agent = l.agent || err != nil || bytes.Contains(bytes.ToLower(data), []byte("user-agent"))
		}
	})
	hosts, _ := s.Hosts()
	for _, h := range hosts {
		for _, a := range h.Addresses {
			if ip, err := netip.ParseAddr(a); err == nil && ip.IsValid() && !ip.IsUnspecified() {
				l.hosts[ip.Unmap()] = append(l.hosts[ip.Unmap()], h)
			}
		}
	}
	return l
}

// locate finds a line's place.
func (l *locator) locate(e *accesslog.Entry) Sighting {
	if e.Writer == accesslog.Ztunnel {
		return l.ztunnel(e.Connection)
	}
	x := Sighting{}
	remote, hasRemote := accesslog.Address(first(e.DownstreamDirect, e.DownstreamRemote))
	local, hasLocal := accesslog.Address(e.DownstreamLocal)
	x.Proxy = l.proxy(e, local, remote)
	x.Role = role(e, x.Proxy, local, remote)
	if hasRemote {
		x.Client = remote.Addr()
	}
	switch {
	case x.Proxy == nil:
		x.Why = append(x.Why, note("LoggedNoProxy", mesh.Ref{}))
		return x
	case !hasLocal:
		x.Why = append(x.Why, note("LoggedNoAddress", mesh.Ref{}))
		return x
	}
	switch x.Role {
	case explain.RoleClient:
		x.Source = x.Proxy
		l.outbound(&x, e, local)
	case explain.RoleServer, explain.RoleWaypoint:
		l.inbound(&x, e, local, remote)
	default:
		l.gateway(&x, e, local, remote)
	}
	return x
}

// named is the pod that a line's prefix names; of several of one name the one that has an address of the line. It is nil where none is, or several are.
func (l *locator) named(e *accesslog.Entry, addresses ...netip.AddrPort) *corev1.Pod {
	if e.Pod == "" {
		return nil
	}
	list := slices.DeleteFunc(slices.Clone(l.names[e.Pod]), func(p *corev1.Pod) bool { return e.Namespace != "" && p.Namespace != e.Namespace })
	if len(list) > 1 {
		list = slices.DeleteFunc(list, func(p *corev1.Pod) bool {
			return !slices.ContainsFunc(addresses, func(a netip.AddrPort) bool { return has(p, a.Addr()) })
		})
	}
	if len(list) == 1 {
		return list[0]
	}
	return nil
}

// proxy is the pod whose proxy wrote the line: the one that its prefix names, else the one whose address it must be.
func (l *locator) proxy(e *accesslog.Entry, local, remote netip.AddrPort) *corev1.Pod {
	upstream, _ := accesslog.Address(e.UpstreamLocal)
	if p := l.named(e, local, upstream, remote); p != nil {
		return p
	}
	at := func(a netip.AddrPort) *corev1.Pod {
		if !a.IsValid() {
			return nil
		}
		return l.s.PodAt(a.Addr().String())
	}
	here, there := at(local), at(remote)
	switch cluster := accesslog.ParseCluster(e.Cluster); cluster.Direction {
	case accesslog.Inbound:
		if cluster.Host != "" {
			return l.waypointOf(cluster.Host)
		}
		return here
	case accesslog.Outbound:
		for _, p := range []*corev1.Pod{at(upstream), here, there} {
			// A gateway is dialled at its own address; a sidecar's client is in its own pod.
			if p != nil && (p != here || isGateway(p)) && mesh.RoleOf(p) != mesh.NoProxy {
				return p
			}
		}
		return l.waypointAt(local)
	}
	switch {
	case outwards(e) && there != nil && mesh.RoleOf(there) == mesh.SidecarProxy && (here == nil || !isGateway(here)):
		return there
	case here != nil && here != there && mesh.RoleOf(here) != mesh.NoProxy:
		return here
	case there != nil && mesh.RoleOf(there) == mesh.SidecarProxy:
		return there
	}
	return l.waypointAt(local)
}

// waypointOf is a pod of the waypoint of a host. No address in a waypoint's line is its own: the client dialled the host's, and the tunnel ends
// within the proxy.
func (l *locator) waypointOf(name string) *corev1.Pod {
	s := l.s.ForZtunnels()
	for _, h := range s.HostsNamed(name) {
		if p := podOfWaypoint(s, waypoint.OfHost(s, h)); p != nil {
			return p
		}
	}
	return nil
}

// waypointAt is a pod of the waypoint of what was dialled: a host, or a pod itself.
func (l *locator) waypointAt(dialled netip.AddrPort) *corev1.Pod {
	if h := l.hostAt(dialled); h != nil {
		return l.waypointOf(h.Name)
	}
	if p := l.s.PodAt(dialled.Addr().String()); p != nil && dialled.IsValid() {
		s := l.s.ForZtunnels()
		return podOfWaypoint(s, waypoint.OfPod(s, p))
	}
	return nil
}

// podOfWaypoint is a pod of the waypoint that something is bound to; nil where a canary takes a part, and either could have written a line.
func podOfWaypoint(s *mesh.Snapshot, b waypoint.Binding) *corev1.Pod {
	ways := b.Ways()
	if len(ways) != 1 {
		return nil
	}
	for _, e := range waypoint.ReachOf(s, ways[0].Waypoint).Endpoints {
		if e.Pod != nil {
			return e.Pod
		}
	}
	return nil
}

// outwards reports whether a line without a cluster can only be a client's: the routes of a server's sidecar take everything.
func outwards(e *accesslog.Entry) bool {
	return e.Details == "route_not_found" || e.RouteName == "block_all" || e.RouteName == "allow_any"
}

func isGateway(p *corev1.Pod) bool {
	r := mesh.RoleOf(p)
	return r == mesh.GatewayProxy || r == mesh.WaypointProxy
}

// role is the part that the proxy played.
func role(e *accesslog.Entry, p *corev1.Pod, local, remote netip.AddrPort) explain.Role {
	switch mesh.RoleOf(p) {
	case mesh.GatewayProxy:
		return explain.RoleIngress // or egress: what it is called does not matter here
	case mesh.WaypointProxy:
		return explain.RoleWaypoint
	}
	switch accesslog.ParseCluster(e.Cluster).Direction {
	case accesslog.Inbound:
		return explain.RoleServer
	case accesslog.Outbound:
		return explain.RoleClient
	}
	switch {
	case e.Details == "filter_chain_not_found":
		return explain.RoleServer
	case outwards(e):
		return explain.RoleClient
	}
	if p != nil && has(p, local.Addr()) && !has(p, remote.Addr()) {
		return explain.RoleServer
	}
	return explain.RoleClient
}

func has(p *corev1.Pod, a netip.Addr) bool {
	return a.IsValid() && slices.Contains(mesh.Addresses(p), a)
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// note is a finding about a line.
func note(code string, at mesh.Ref, args ...string) explain.Note {
	n := explain.Note{Reason: code, Text: catalogue.Text(code, args...)}
	if !at.IsZero() {
		n.Resource = &at
	}
	return n
}
