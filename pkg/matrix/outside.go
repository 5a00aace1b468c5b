package matrix

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// outside answers for a client that is no pod of the mesh: a node, a probe, another network. It has no identity, and dials the Service's
// own address.
func (m *maker) outside(to Destination) Answer {
	r := m.q.request(to, nil)
	r.Via = &flow.Via{Name: to.Host(), Port: to.Port}
	if gaps := m.s.Config.Gaps; len(gaps) > 0 {
		v := verdict.Decide(resolve.Run(m.s, r))
		v.Settled, v.Gaps = false, append(slices.Clone(gaps), v.Gaps...)
		return m.answerOf(v, &client{}, nil, true)
	}
	_, v := resolve.Answer(m.s, r)
	return m.answerOf(v, &client{}, nil, true)
}

// addOutside numbers the answers to a client outside as those of the pods are numbered.
func (m *Matrix) addOutside(answers []Answer) {
	known := map[string]int32{}
	for n := range m.Answers {
		known[m.Answers[n].text()] = int32(n)
	}
	for i := range answers {
		text := answers[i].text()
		n, ok := known[text]
		if !ok {
			n = int32(len(m.Answers))
			known[text] = n
			m.Answers = append(m.Answers, answers[i])
		}
		m.Outside = append(m.Outside, n)
	}
}

// Tally counts pairs: those that reach the application, those that do not, and those of which that is not settled.
type Tally struct{ Reach, Not, Open int }

// All counts all pairs.
func (t Tally) All() int { return t.Reach + t.Not + t.Open }

func (t *Tally) add(a *Answer, pairs int) {
	switch {
	case !a.Settled:
		t.Open += pairs
	case a.Reaches():
		t.Reach += pairs
	default:
		t.Not += pairs
	}
}

// Tally counts the pairs of pods and destinations, and of a client outside and destinations.
func (m *Matrix) Tally() (pods, outside Tally) {
	for d := range m.Destinations {
		for k, c := range m.Classes {
			pods.add(m.Answer(d, k), len(c.Pods))
		}
		if m.Outside != nil {
			outside.add(&m.Answers[m.Outside[d]], 1)
		}
	}
	return pods, outside
}

// PodCount counts the sources that are pods.
func (m *Matrix) PodCount() int {
	n := 0
	for _, c := range m.Classes {
		n += len(c.Pods)
	}
	return n
}

func podKey(p *corev1.Pod) string { return p.Namespace + "/" + p.Name }

func podKeys(pods []*corev1.Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, podKey(p))
	}
	return out
}
