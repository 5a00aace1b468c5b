package logged

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
)

// outbound is the question behind a line of a client's sidecar: the pod calls what its application dialled.
func (l *locator) outbound(x *Sighting, e *accesslog.Entry, local netip.AddrPort) {
	q := l.request(e)
	q.From = podName(x.Source)
	host := l.dialled(e, local, x.Source.Namespace)
	switch {
	case e.HTTP():
		l.http(&q, e, x.Source.Namespace, host, int(local.Port()))
	case e.ServerName != "" && accesslog.ParseServerName(e.ServerName).Direction == "":
		q.To = "https://" + withPort(e.ServerName, int(local.Port())) + "/" // the application's own TLS, handed on
	default:
		q.To, q.TCP = "tcp://"+withPort(host, int(local.Port())), true
	}
	x.ask(q)
}

// http is a request to a host: as its own host says it where that leads there, else with the request's host beside it.
func (l *locator) http(q *question.Question, e *accesslog.Entry, namespace, host string, port int) {
	q.To, q.Host = "http://"+withPort(host, port)+slash(e.Path), e.Authority
	name, own := splitHost(e.Authority)
	if cmp.Or(own, 80) != port {
		return
	}
	targets, found, _ := dns.Lookup(l.s, namespace, false, strings.ToLower(name), port)
	if name == host || found && targets[0].Host != nil && targets[0].Host.Name == host {
		q.To, q.Host = "http://"+e.Authority+slash(e.Path), ""
	}
}

// dialled is the name that the client dialled: the one in the request, where that is the address', else the Service's that has the address.
func (l *locator) dialled(e *accesslog.Entry, local netip.AddrPort, namespace string) string {
	name, _ := splitHost(e.Authority)
	if name != "" {
		targets, found, _ := dns.Lookup(l.s, namespace, false, strings.ToLower(name), int(local.Port()))
		for _, t := range targets {
			if found && t.IP.Unmap() == local.Addr() {
				return name
			}
		}
	}
	if h := l.hostAt(local); h != nil {
		return h.Name
	}
	cluster := accesslog.ParseCluster(e.Cluster)
	if name != "" && l.s.PodAt(local.Addr().String()) == nil {
		return name // outside of the mesh: what it resolves to is not known here
	}
	if cluster.Host != "" && l.s.PodAt(local.Addr().String()) != nil {
		return cluster.Host // a headless Service, whose pods are dialled by their addresses
	}
	return local.Addr().String()
}

// hostAt is the Service that has an address and serves the port; where several do, the oldest.
func (l *locator) hostAt(a netip.AddrPort) *mesh.Host {
	for _, h := range l.hosts[a.Addr()] {
		if _, ok := h.Port(int(a.Port())); ok || len(h.Ports) == 0 {
			return h
		}
	}
	return nil
}
