package logged

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
)

// askInBoth asks a question, and asks it in HTTP/2 too where the line says that the request came so: what the client spoke the line does not say.
func (x *Sighting) askInBoth(q question.Question, e *accesslog.Entry) {
	x.ask(q)
	if strings.EqualFold(e.Protocol, http2) {
		q.Protocol = http2
		x.ask(q)
	}
}

// dialledAddress is the address of a Service that a request names as its host: the client dialled it, even where its own proxy took the port for
// TCP and named no host.
func (l *locator) dialledAddress(name string, port int) (netip.AddrPort, bool) {
	at := netip.AddrPortFrom(parse(name), uint16(cmp.Or(port, 80))) // #nosec G115 -- a port
	return at, at.Addr().IsValid() && l.hostAt(at) != nil
}

// inbound is the question behind a line of a server's sidecar: who called, and by which Service. The request's host tells what the client
// dialled, unless it is a name of the application's own; its mutual TLS tells where routes sent it.
func (l *locator) inbound(x *Sighting, e *accesslog.Entry, local, remote netip.AddrPort) {
	q := l.request(e)
	q.Protocol = "" // between proxies, that is none of the client's
	if !l.source(x, &q, e, remote) {
		return
	}
	http := e.HTTP() || e.Details == "filter_chain_not_found" && l.readsHTTP(x.Proxy, local)
	ask := func(host string, port int) {
		if http {
			l.http(&q, e, x.Source.Namespace, host, port)
		} else {
			q.To, q.TCP = "tcp://"+withPort(host, port), true
		}
		x.askInBoth(q, e)
	}
	name, port := splitHost(e.Authority)
	if http && name != "" && !parse(name).IsValid() {
		port = cmp.Or(port, 80)
		for _, h := range l.hostsOf(x.Source.Namespace, name, port) {
			host := h.Name
			if x.Role == explain.RoleWaypoint {
				host = l.towards(x.Source.Namespace, h, port)
			}
			ask(host, port)
		}
	}
	if at, ok := l.dialledAddress(name, port); ok && http {
		ask(name, int(at.Port()))
	}
	if sni := accesslog.ParseServerName(e.ServerName); sni.Direction == accesslog.Outbound && sni.Host != "" {
		ask(sni.Host, sni.Port)
	}
	for _, t := range l.s.Targets(x.Proxy) {
		if t.Number == int(local.Port()) && !parse(name).IsValid() {
			ask(t.Host.Name, t.Port.Number)
		}
	}
	if name == "" || parse(name).IsValid() || len(x.Questions) == 0 {
		ask(local.Addr().String(), int(local.Port()))
	}
}

// hostsOf are the hosts of the mesh that a name leads a client of a namespace to: those that bear the name, and the Service that it resolves to.
func (l *locator) hostsOf(namespace, name string, port int) []*mesh.Host {
	full := mesh.ResolveHost(name, namespace)
	out := slices.Clone(l.s.HostsNamed(full))
	if svc, _, ok := mesh.SplitServiceHost(full); ok || svc == "" {
		if targets, found, _ := dns.Lookup(l.s, namespace, false, strings.ToLower(name), port); found && targets[0].Host != nil {
			out = append(out, targets[0].Host)
		}
	}
	return out
}

// towards is what a captured client dialled that came to the waypoint of a host: the host's own address leads there. The name does too where it
// resolves to that address, which for a ServiceEntry depends on who answers the client's lookups.
func (l *locator) towards(namespace string, h *mesh.Host, port int) string {
	if h.Entry == nil {
		return h.Name
	}
	if targets, found, _ := dns.Lookup(l.s, namespace, false, strings.ToLower(h.Name), port); found && targets[0].Host == h {
		return h.Name
	}
	for _, a := range h.Addresses {
		if parse(a).IsValid() {
			return a
		}
	}
	return h.Name
}

// source says who asked a server. It reports false where there is nobody whom one could ask for, or the question is made already.
func (l *locator) source(x *Sighting, q *question.Question, e *accesslog.Entry, remote netip.AddrPort) bool {
	p := (*corev1.Pod)(nil)
	if remote.IsValid() {
		p = l.s.PodAt(remote.Addr().String())
	}
	behind := x.Client.IsValid() && remote.Port() == 0 || p == nil && accesslog.ParseServerName(e.ServerName).Direction != ""
	switch {
	case !remote.IsValid():
		x.Why = append(x.Why, note("LoggedNoAddress", mesh.Ref{}))
	case behind:
		l.throughGateway(x, *q, e, p)
	case p != nil && !isGateway(p):
		x.Source = p
		q.From = podName(p)
		return true
	case p != nil:
		l.throughGateway(x, *q, e, nil)
	default:
		x.Why = append(x.Why, note("LoggedAddressUnknown", mesh.Ref{}, remote.Addr().String()))
	}
	return false
}

// throughGateway is the question of a client whose request a gateway handed on: the address is what X-Forwarded-For says of it.
func (l *locator) throughGateway(x *Sighting, q question.Question, e *accesslog.Entry, client *corev1.Pod) {
	for _, scheme := range []string{"http", "https"} {
		o := q
		o.From, o.Insecure = question.Outside, true
		if x.Client.IsValid() && client == nil {
			o.SourceIP = x.Client.String()
		}
		o.To = scheme + "://" + e.Authority + slash(e.Path)
		r, err := o.Bind(l.s)
		if err != nil {
			continue
		}
		if client != nil && r.Via != nil {
			x.Source = client
			o.From, o.SourceIP, o.Via = podName(client), "", r.Via.Name
		}
		x.ask(o)
	}
	if len(x.Questions) == 0 {
		x.Why = append(x.Why, note("LoggedThroughGateway", mesh.Ref{}, x.Client.String()))
	}
}

func (l *locator) readsHTTP(p *corev1.Pod, local netip.AddrPort) bool {
	for _, t := range l.s.Targets(p) {
		if t.Number == int(local.Port()) {
			return t.Port.Protocol.Class() != mesh.ClassTCP
		}
	}
	return true
}
