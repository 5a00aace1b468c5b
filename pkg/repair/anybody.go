package repair

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// opensToAnybody reports whether a change lets in somebody who lacks what the request lacked: a client without identity that dials the
// server's address, the same client without its token, or without the header.
func (m *measure) opensToAnybody(after *mesh.Snapshot, short lacks) bool {
	var probes []flow.Request
	if short.identity {
		for _, h := range m.onTheWay() {
			for _, p := range h.Ports {
				d := m.destination(h, p)
				if !d.ip.IsValid() {
					continue
				}
				q := *m.q
				q.Source, q.Via, q.Host, q.Port = nil, nil, d.ip.String(), d.port
				probes = append(probes, q)
			}
		}
	}
	if short.token {
		q := *m.q
		q.Headers = m.tokenless()
		probes = append(probes, q)
	}
	for _, name := range short.headers {
		q := *m.q
		q.Headers = q.Headers.Without(strings.ToLower(name))
		probes = append(probes, q)
	}
	for _, q := range probes {
		if m.served(after, q) && !m.served(m.s, q) {
			return true
		}
	}
	return false
}

func (m *measure) served(s *mesh.Snapshot, q flow.Request) bool {
	if q.Source != nil {
		pod, ok, _ := s.Pods.Get(q.Source.Namespace, q.Source.Name)
		if !ok {
			return false
		}
		q.Source = pod
	}
	_, v := resolve.Answer(s, &q)
	return served(v) > 0
}
