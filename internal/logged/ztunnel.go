package logged

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// ztunnel is the question behind a line of ztunnel.
func (l *locator) ztunnel(c *accesslog.Connection) Sighting {
	x := Sighting{Role: explain.RoleZtunnel}
	from, _ := accesslog.Address(c.Source.Address)
	inner, ok := accesslog.Address(first(c.HBONE, c.Dest.Address))
	x.Client = from.Addr()
	x.Source = l.pod(c.Source, from.Addr())
	dest := l.pod(c.Dest, inner.Addr())
	if x.Proxy = x.Source; c.Inbound {
		x.Proxy = dest
	}
	switch {
	case !ok:
		x.Why = append(x.Why, note("LoggedNoAddress", mesh.Ref{}))
		return x
	case x.Source == nil:
		x.Why = append(x.Why, note("LoggedAddressUnknown", mesh.Ref{}, from.Addr().String()))
		return x
	}
	q := l.base
	q.From = podName(x.Source)
	q.To, q.TCP = "tcp://"+withPort(inner.Addr().String(), int(inner.Port())), true
	if h := l.hostAt(inner); h != nil && h.Entry == nil { // what a ServiceEntry's name resolves to depends on who is asked: ztunnel saw the address
		q.To = "tcp://" + withPort(h.Name, int(inner.Port()))
	} else if dest != nil {
		for _, t := range l.s.Targets(dest) {
			if t.Number == int(inner.Port()) && t.Host.Name == c.Service {
				q.To = "tcp://" + withPort(t.Host.Name, t.Port.Number)
			}
		}
	}
	x.ask(q)
	return x
}

// pod is the pod at one end of ztunnel's connection.
func (l *locator) pod(e accesslog.Endpoint, a netip.Addr) *corev1.Pod {
	for _, p := range l.names[e.Workload] {
		if p.Namespace == e.Namespace {
			return p
		}
	}
	if !a.IsValid() {
		return nil
	}
	return l.s.PodAt(a.String())
}
