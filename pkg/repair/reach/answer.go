package reach

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// answers are what each source gets.
func (m *Measure) answers(s *mesh.Snapshot, p probe) []answer {
	key := probeKey{s, p.to + "|" + p.req.Method + "|" + p.req.Path + "|" + p.token + "|" + p.req.Host}
	if known, ok := m.known[key]; ok {
		return known
	}
	var out []answer
	if p.outside() {
		q := p.req
		_, v := resolve.Answer(s, &q)
		out = []answer{{outside, Said(v)}}
	} else {
		out = m.workloads(s, p)
	}
	m.known[key] = out
	return out
}

// workloads asks for every workload at once.
func (m *Measure) workloads(s *mesh.Snapshot, p probe) []answer {
	q := matrix.Question{Destinations: []matrix.Destination{p.dest}, Request: p.req}
	q.Request.Via, q.Request.Authority = nil, p.authority
	if !q.Request.Raw() {
		q.Request.Scheme = ""
	}
	for _, src := range m.sources {
		if pod, ok, _ := s.Pods.Get(src.Namespace, src.Name); ok {
			q.Sources = append(q.Sources, pod)
		}
	}
	x := matrix.Make(s, q)
	said := map[string]string{}
	for k, c := range x.Classes {
		a := x.Answer(0, k)
		for _, pod := range c.Pods {
			said[pod.Namespace+"/"+pod.Name] = saidOf(a)
		}
	}
	var out []answer
	for _, src := range m.sources {
		out = append(out, answer{workloadOf(src), said[src.Namespace+"/"+src.Name]})
	}
	return out
}

// Said is what a caller gets, in a word for each outcome.
func Said(v flow.Verdict) string {
	var parts []string
	for _, o := range v.Outcomes {
		parts = append(parts, word(o.Kind, o.Status))
	}
	return joined(v.Settled, parts)
}

func saidOf(a *matrix.Answer) string {
	var parts []string
	for _, o := range a.Outcomes {
		parts = append(parts, word(o.Result, o.Status))
	}
	return joined(a.Settled, parts)
}

func joined(settled bool, parts []string) string {
	slices.Sort(parts)
	text := strings.Join(slices.Compact(parts), ", ")
	if !settled {
		return "not settled: " + text
	}
	return text
}

func word(k flow.Kind, status int) string {
	switch {
	case k == flow.Reaches:
		return reaches
	case status != 0:
		return strconv.Itoa(status)
	}
	if k == flow.TLSFailure {
		return "TLS FAILURE"
	}
	return strings.ToUpper(cmp.Or(string(k), "?"))
}
