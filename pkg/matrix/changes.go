package matrix

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Changes are two matrices of the same question, before and after a change of the resources.
type Changes struct {
	Before, After *Matrix
	Classes       []Class       // sources that are in one class both before and after
	Destinations  []Destination // of both
	Outside       bool          // asked for a client outside too

	old, new      []int // of each class: its class before and after; -1 where its pods are not there
	oldTo, newTo  []int // of each destination: its place before and after; -1 where it is not there
	before, after []string
}

// Change is what becomes of some pairs: of one destination, and sources that got the same before and get the same now.
type Change struct {
	Destination int     // in [Changes.Destinations]
	Classes     []int   // in [Changes.Classes]
	Outside     bool    // a client outside too
	Before      *Answer // nil where the pair was not there
	After       *Answer // nil where it is there no more
}

// Compare puts two matrices side by side. Pods and destinations are the same where their names are.
func Compare(before, after *Matrix) *Changes {
	c := &Changes{Before: before, After: after, Outside: before.Outside != nil || after.Outside != nil}
	c.before, c.after = before.seen(), after.seen()
	c.classes()
	type place struct {
		host string
		port int
		path string
	}
	at := map[place]int{}
	add := func(m *Matrix, mine, other *[]int) {
		for i, d := range m.Destinations {
			key := place{d.Host(), d.Port, d.Path}
			n, ok := at[key]
			if !ok {
				n = len(c.Destinations)
				at[key] = n
				c.Destinations = append(c.Destinations, d)
				*mine, *other = append(*mine, -1), append(*other, -1)
			}
			(*mine)[n] = i
		}
	}
	add(after, &c.newTo, &c.oldTo)
	add(before, &c.oldTo, &c.newTo)
	return c
}

// classes sorts the pods by their classes before and after.
func (c *Changes) classes() {
	type pair struct{ old, new int }
	type member struct {
		pod  *corev1.Pod
		pair pair
	}
	members := map[string]*member{}
	for k, x := range c.Before.Classes {
		for _, p := range x.Pods {
			members[podKey(p)] = &member{p, pair{k, -1}}
		}
	}
	for k, x := range c.After.Classes {
		for _, p := range x.Pods {
			if m := members[podKey(p)]; m != nil {
				m.pod, m.pair.new = p, k
				continue
			}
			members[podKey(p)] = &member{p, pair{-1, k}}
		}
	}
	all := make([]*member, 0, len(members))
	for _, m := range members {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.pod.Namespace, b.pod.Namespace), cmp.Compare(a.pod.Name, b.pod.Name))
	})
	number := map[pair]int{}
	for _, m := range all {
		k, ok := number[m.pair]
		if !ok {
			k = len(c.Classes)
			number[m.pair] = k
			x := Class{}
			if m.pair.new >= 0 {
				x.Sidecar = c.After.Classes[m.pair.new].Sidecar
			} else {
				x.Sidecar = c.Before.Classes[m.pair.old].Sidecar
			}
			c.Classes = append(c.Classes, x)
			c.old, c.new = append(c.old, m.pair.old), append(c.new, m.pair.new)
		}
		c.Classes[k].Pods = append(c.Classes[k].Pods, m.pod)
	}
}

// seen tells answers apart by what the caller sees of them.
func (m *Matrix) seen() []string {
	out := make([]string, len(m.Answers))
	for i := range m.Answers {
		out[i] = m.Answers[i].seen()
	}
	return out
}

func (a *Answer) seen() string {
	text := strconv.FormatBool(a.Settled)
	var list []string
	for _, o := range a.Outcomes {
		list = append(list, "\n"+string(o.Result)+" "+strconv.Itoa(o.Status)+" "+strconv.Itoa(o.CurlExit)+" "+strconv.FormatFloat(o.Share, 'f', 6, 64))
	}
	slices.Sort(list)
	for _, s := range list {
		text += s
	}
	return text
}

// of are the numbers of a pair's answers before and after; -1 where it is not there.
func (c *Changes) of(destination, class int) (before, after int) {
	before, after = -1, -1
	if d, k := c.oldTo[destination], c.old[class]; d >= 0 && k >= 0 {
		before = int(c.Before.Cells[d][k])
	}
	if d, k := c.newTo[destination], c.new[class]; d >= 0 && k >= 0 {
		after = int(c.After.Cells[d][k])
	}
	return before, after
}

func (c *Changes) ofOutside(destination int) (before, after int) {
	before, after = -1, -1
	if d := c.oldTo[destination]; d >= 0 && c.Before.Outside != nil {
		before = int(c.Before.Outside[d])
	}
	if d := c.newTo[destination]; d >= 0 && c.After.Outside != nil {
		after = int(c.After.Outside[d])
	}
	return before, after
}

// differ reports whether the caller sees a difference between the answers of these numbers.
func (c *Changes) differ(before, after int) bool {
	if before < 0 || after < 0 {
		return before != after
	}
	return c.before[before] != c.after[after]
}

// Pair are the answers of a class at a destination before and after, nil where the pair is not there, and whether the caller sees a
// difference.
func (c *Changes) Pair(destination, class int) (before, after *Answer, changed bool) {
	return c.answers(c.of(destination, class))
}

// OutsidePair are those of a client outside.
func (c *Changes) OutsidePair(destination int) (before, after *Answer, changed bool) {
	return c.answers(c.ofOutside(destination))
}

func (c *Changes) answers(b, a int) (before, after *Answer, changed bool) {
	if b >= 0 {
		before = &c.Before.Answers[b]
	}
	if a >= 0 {
		after = &c.After.Answers[a]
	}
	return before, after, c.differ(b, a)
}

// List lists what changes, destination by destination.
func (c *Changes) List() []Change {
	var out []Change
	for d := range c.Destinations {
		index := map[[2]int]int{}
		entry := func(b, a int) *Change {
			i, ok := index[[2]int{b, a}]
			if !ok {
				i = len(out)
				index[[2]int{b, a}] = i
				x := Change{Destination: d}
				x.Before, x.After, _ = c.answers(b, a)
				out = append(out, x)
			}
			return &out[i]
		}
		for k := range c.Classes {
			if b, a := c.of(d, k); c.differ(b, a) {
				x := entry(b, a)
				x.Classes = append(x.Classes, k)
			}
		}
		if b, a := c.ofOutside(d); c.differ(b, a) {
			entry(b, a).Outside = true
		}
	}
	return out
}

// Count tells how many pairs change, how many of them do so for certain, and how many get the same for another reason.
func (c *Changes) Count() (changed, certain, otherwise int) {
	for d := range c.Destinations {
		count := func(b, a *Answer, differs bool, pairs int) {
			switch {
			case differs:
				changed += pairs
				if (b == nil || b.Settled) && (a == nil || a.Settled) {
					certain += pairs
				}
			case a != nil && a.text() != b.text():
				otherwise += pairs
			}
		}
		for k, x := range c.Classes {
			b, a, differs := c.Pair(d, k)
			count(b, a, differs, len(x.Pods))
		}
		b, a, differs := c.OutsidePair(d)
		count(b, a, differs, 1)
	}
	return changed, certain, otherwise
}

// Names counts the sources of both matrices.
func (c *Changes) Names() *Names { return (&Matrix{Classes: c.Classes}).Names() }
