package logged

import (
	"net/netip"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
)

// gateway is the question behind a line of a gateway.
func (l *locator) gateway(x *Sighting, e *accesslog.Entry, local, remote netip.AddrPort) {
	q := l.request(e)
	q.From = question.Outside
	if p := l.s.PodAt(remote.Addr().String()); remote.IsValid() && remote.Port() != 0 && p != nil {
		x.Source = p
		q.From = podName(p)
	} else if x.Client.IsValid() {
		q.SourceIP = x.Client.String()
	}
	if x.Source != nil && e.Authority != "" && accesslog.ParseServerName(e.ServerName).Direction != accesslog.Inbound {
		// A gateway for what leaves the mesh: routes lead there, nobody dials it.
		o := q
		o.To = "http://" + e.Authority + slash(e.Path)
		x.ask(o)
	} else if x.Source != nil && e.ServerName != "" {
		o := q
		o.To, o.Insecure = "https://"+e.ServerName+"/", true
		x.ask(o)
	}
	q.Via, q.Insecure = withPort(local.Addr().String(), int(local.Port())), true
	scheme, host := "http", first(e.Authority, e.ServerName)
	if e.ServerName != "" {
		scheme = "https"
	}
	if host == "" {
		q.To, q.TCP, q.Via = "tcp://"+q.Via, true, ""
		x.ask(q)
		return
	}
	name, port := splitHost(host)
	if e.HTTP() || scheme == "https" {
		q.To = scheme + "://" + withPort(name, port) + slash(e.Path)
	} else {
		q.To, q.TCP = "tcp://"+withPort(name, int(local.Port())), true
	}
	if scheme == "https" && e.Authority != "" && e.ServerName != name {
		q.To, q.Host = scheme+"://"+e.ServerName+slash(e.Path), e.Authority // dialled for one host, asked for another
	}
	x.ask(q)
}
