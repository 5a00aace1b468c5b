package matrix

import (
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Matrix holds the answers that sources get at destinations.
type Matrix struct {
	Classes      []Class
	Destinations []Destination
	Answers      []Answer  // each different one once
	Cells        [][]int32 // by destination, then by class: which answer
	Outside      []int32   // by destination: the answer to a client outside, where that was asked for

	Presumes []flow.Presumption // what the answers take for granted
}

// Class are sources that get the same answers everywhere.
type Class struct {
	Pods    []*corev1.Pod
	Sidecar mesh.Ref // that governs them; zero where none does
}

// Answer is what a class gets at a destination.
func (m *Matrix) Answer(destination, class int) *Answer {
	return &m.Answers[m.Cells[destination][class]]
}

// maker makes a matrix.
type maker struct {
	s         *mesh.Snapshot
	q         *Question
	sources   []*corev1.Pod
	index     map[*corev1.Pod]int
	byAddress map[netip.Addr][]int
	addresses []netip.Addr // that the sources send from
	units     []*unit
	unitOf    []*unit

	interning sync.Mutex
	numbers   map[string]int32
	answered  []Answer

	likes sync.Map // pod -> kind of pods that are alike
	kinds sync.Map // all that is the same of them -> kind

	granted presumed
}

// Make answers the question. It uses all processors; what comes out does not depend on their number.
func Make(s *mesh.Snapshot, q Question) *Matrix {
	m := newMaker(s, &q)
	columns := make([][]int32, len(q.Destinations))
	outside := make([]Answer, len(q.Destinations))
	var done atomic.Int64
	onAllProcessors(len(columns), func(i int) {
		c := &column{maker: m, to: q.Destinations[i], answers: make([]int32, len(q.Sources)), served: map[servedKey][]serving{}, known: map[string]string{}}
		c.fill()
		columns[i] = c.answers
		if q.Outside {
			outside[i] = m.outside(q.Destinations[i])
		}
		if n := int(done.Add(1)); q.Said != nil {
			q.Said(n, len(columns))
		}
	})
	out := m.matrix(columns)
	if q.Outside {
		out.addOutside(outside)
	}
	for _, p := range q.Sources { // pods that are alike were not asked one by one
		m.granted.add(flow.PresumesPod(p))
	}
	out.Presumes = m.granted.list()
	return out
}

func newMaker(s *mesh.Snapshot, q *Question) *maker {
	m := &maker{s: s, q: q, sources: q.Sources, index: map[*corev1.Pod]int{}, byAddress: map[netip.Addr][]int{}, addresses: make([]netip.Addr, len(q.Sources)),
		numbers: map[string]int32{}}
	m.units = units(s, q.Sources)
	m.unitOf = make([]*unit, len(q.Sources))
	for _, u := range m.units {
		for _, i := range u.pods {
			m.unitOf[i] = u
		}
	}
	for i, p := range q.Sources {
		m.index[p] = i
		m.addresses[i] = mesh.Addresses(p)[0]
		for _, a := range mesh.Addresses(p) {
			m.byAddress[a] = append(m.byAddress[a], i)
		}
	}
	return m
}

// onAllProcessors calls f for the numbers below n, each once. A panic of one of the calls is the caller's, who can catch it.
func onAllProcessors(n int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	var fault atomic.Pointer[any]
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() {
				if v := recover(); v != nil {
					fault.CompareAndSwap(nil, &v)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		}()
	}
	wait.Wait()
	if v := fault.Load(); v != nil {
		panic(*v)
	}
}

// answer asks for one source.
func (c *column) answer(x *client, i int) (*flow.Node, flow.Verdict) {
	r := c.q.request(c.to, c.sources[i])
	if gaps := x.view.Config.Gaps; len(gaps) > 0 {
		// Whatever the mesh config may hold is not gone through for every pair: what the defaults give is not settled.
		walk := resolve.Run(c.s, r)
		v := verdict.Decide(walk)
		v.Settled, v.Gaps = false, append(slices.Clone(gaps), v.Gaps...)
		return walk, v
	}
	return resolve.Answer(c.s, r)
}

func (m *maker) senderOf(u *unit, i int) sender {
	return sender{Principal: u.identity, Address: m.addresses[i]}
}

// number gives equal answers one number.
func (m *maker) number(a Answer) int32 {
	text := a.text()
	m.interning.Lock()
	defer m.interning.Unlock()
	n, ok := m.numbers[text]
	if !ok {
		n = int32(len(m.answered))
		m.numbers[text] = n
		m.answered = append(m.answered, a)
	}
	return n
}

// matrix puts columns together: sources with the same row become a class, and answers are numbered as they come up.
func (m *maker) matrix(columns [][]int32) *Matrix {
	out := &Matrix{Destinations: m.shown()}
	class := m.classes(columns)
	first := []int{}
	for i, k := range class {
		if k == len(first) {
			first = append(first, i)
			out.Classes = append(out.Classes, Class{Sidecar: m.unitOf[i].sidecar})
		}
		out.Classes[k].Pods = append(out.Classes[k].Pods, m.sources[i])
	}
	renumbered := map[int32]int32{}
	for _, answers := range columns {
		row := make([]int32, len(first))
		for k, i := range first {
			n, ok := renumbered[answers[i]]
			if !ok {
				n = int32(len(out.Answers))
				renumbered[answers[i]] = n
				out.Answers = append(out.Answers, m.answered[answers[i]])
			}
			row[k] = n
		}
		out.Cells = append(out.Cells, row)
	}
	return out
}

// shown are the destinations without the secrets in their paths.
func (m *maker) shown() []Destination {
	hide := secrets.Of(m.s, &m.q.Request)
	out := slices.Clone(m.q.Destinations)
	for i := range out {
		out[i].Path = hide.Text(out[i].Path)
	}
	return out
}

// classes numbers the sources' classes in the order of their first pods.
func (m *maker) classes(columns [][]int32) []int {
	type row struct {
		sum     uint64
		sidecar mesh.Ref
	}
	sums := make([]row, len(m.sources))
	for i := range sums {
		sums[i].sidecar = m.unitOf[i].sidecar
	}
	for _, answers := range columns {
		for i, n := range answers {
			sums[i].sum = (sums[i].sum ^ uint64(n)) * 1099511628211
		}
	}
	byRow := map[row][]int{} // the first pods of classes whose sums are equal
	class := make([]int, len(m.sources))
	count := 0
	for i := range class {
		class[i] = -1
		for _, f := range byRow[sums[i]] {
			if !slices.ContainsFunc(columns, func(answers []int32) bool { return answers[f] != answers[i] }) {
				class[i] = class[f]
				break
			}
		}
		if class[i] < 0 {
			class[i] = count
			count++
			byRow[sums[i]] = append(byRow[sums[i]], i)
		}
	}
	return class
}
