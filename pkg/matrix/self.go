package matrix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// selves tells of the sources that take part in a destination themselves in what way they do: by name, but for endpoints that are the
// same in all that anything can look at, of which one stands for the other.
func (c *column) selves(x *client, a *SenderDeps) map[int]string {
	m, out := c.maker, map[int]string{}
	views := slices.Compact([]*mesh.Snapshot{m.s, x.view})
	for _, served := range a.Served {
		for _, s := range views {
			for _, part := range c.serving(s, served) {
				out[part.source] += part.text
			}
		}
	}
	compared := DestinationsCompared(m.s)
	for i := range out {
		if compared {
			out[i] = m.sources[i].Name
			continue
		}
		out[i] += m.likeness(m.sources[i])
	}
	for _, ip := range a.Dialled {
		for _, i := range m.byAddress[ip] {
			out[i] = m.sources[i].Name
		}
	}
	return out
}

// serving are the sources that stand behind a host's port, and what they are there.
func (c *column) serving(s *mesh.Snapshot, x Served) []serving {
	key := servedKey{s, x.Host, x.Port}
	if known, ok := c.served[key]; ok {
		return known
	}
	eps, _ := s.Endpoints(x.Host, x.Port)
	places := c.places(eps)
	out := []serving{}
	for n, e := range eps {
		if i, ok := c.source(e.Pod); ok {
			out = append(out, serving{i, "|" + e.Host.String() + strconv.Itoa(x.Port.Number) + ":" + strconv.Itoa(e.Port) + e.TLSMode + e.Identity + strconv.FormatBool(e.Ready) + strconv.Itoa(places[n])})
		}
	}
	c.served[key] = out
	return out
}

type serving struct {
	source int
	text   string
}

type servedKey struct {
	view *mesh.Snapshot
	host *mesh.Host
	port mesh.Port
}

// places tells for each endpoint behind how many kinds of endpoints it comes up, when it is set apart from its own kind: ways are gone
// through in that order, and where there are too many the last ones are left out.
func (m *maker) places(eps []mesh.Endpoint) []int {
	out := make([]int, len(eps))
	first := map[string]int{} // of each kind
	second := map[string]bool{}
	for n, e := range eps {
		kind := ""
		if e.Pod != nil {
			kind = m.likeness(e.Pod)
		}
		out[n] = len(first)
		switch f, again := first[kind]; {
		case !again:
			first[kind] = n
		case !second[kind]:
			second[kind] = true
			out[f] = len(first) // where the first one is set apart, its kind comes up with the second one
		}
	}
	return out
}

func (m *maker) source(pod *corev1.Pod) (int, bool) {
	if pod == nil {
		return 0, false
	}
	i, ok := m.index[pod]
	return i, ok
}

// likeness is all of a server's pod that a walk can look at, but its name and address.
func (m *maker) likeness(p *corev1.Pod) string {
	if known, ok := m.likes.Load(p); ok {
		return known.(string)
	}
	var b strings.Builder
	for _, list := range []map[string]string{p.Labels, p.Annotations} {
		for _, k := range slices.Sorted(maps.Keys(list)) {
			b.WriteString("|" + k + "=" + list[k])
		}
	}
	b.WriteString("|" + p.Spec.ServiceAccountName + "|" + strconv.FormatBool(p.Spec.HostNetwork) + "|" + p.Spec.Hostname)
	for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for _, x := range list {
			b.WriteString("|" + x.Name + " " + strings.Join(x.Args, " "))
			for _, port := range x.Ports {
				b.WriteString("," + port.Name + ":" + strconv.Itoa(int(port.ContainerPort)))
			}
		}
	}
	for _, t := range m.s.Targets(p) {
		b.WriteString("|" + t.Ref.String() + strconv.Itoa(t.Number))
	}
	kind, _ := m.kinds.LoadOrStore(b.String(), "|"+mesh.PodRef(p).String())
	m.likes.Store(p, kind)
	return kind.(string)
}
