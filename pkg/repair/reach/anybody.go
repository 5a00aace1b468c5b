package reach

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Lacks is what a request has not got that a rule asks for: who it is, a token, headers by their names.
type Lacks struct {
	Identity, Token bool
	Headers         []string
}

// Some reports whether anything is lacking.
func (l Lacks) Some() bool { return l.Identity || l.Token || len(l.Headers) > 0 }

// OpensToAnybody reports whether a change lets in somebody who lacks what the request lacked: a client without identity that dials the
// server's address, the same client without its token, or without the header.
func (m *Measure) OpensToAnybody(after *mesh.Snapshot, short Lacks) bool {
	var probes []flow.Request
	if short.Identity {
		for _, h := range m.way {
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
	if short.Token {
		q := *m.q
		q.Headers = m.tokenless()
		probes = append(probes, q)
	}
	for _, name := range short.Headers {
		q := *m.q
		q.Headers = q.Headers.Without(strings.ToLower(name))
		probes = append(probes, q)
	}
	for _, q := range probes {
		if m.isServed(after, q) && !m.isServed(m.s, q) {
			return true
		}
	}
	return false
}

func (m *Measure) isServed(s *mesh.Snapshot, q flow.Request) bool {
	if q.Source != nil {
		pod, ok, _ := s.Pods.Get(q.Source.Namespace, q.Source.Name)
		if !ok {
			return false
		}
		q.Source = pod
	}
	_, v := resolve.Answer(s, &q)
	return Served(v) > 0
}

// Served is the share of the requests that get what they ask for: the application, or, for a preflight, the answer of a proxy that is meant
// to give it.
func Served(v flow.Verdict) float64 {
	sum := 0.0
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches || o.Reason == flow.PreflightAnswered {
			sum += o.Share
		}
	}
	return sum
}
