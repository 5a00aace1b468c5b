package reach

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Reach is what a change does to other requests than the one that was asked about.
type Reach struct {
	Effects  []Effect
	Examined int  // requests that were asked with and without the change
	Bounded  bool // there are more that could change, and were not asked
}

// Effect is a change of the answer to other requests. An empty method or path stands for each one that was asked.
type Effect struct {
	From   []string // namespace/workload, namespace/* for all of a namespace's, or outside
	To     string   // host:port
	Method string
	Path   string
	Token  string // with or without, where the requests differ in that; else empty
	Before string // what they get: a status, REACHES, RESET ...
	After  string
	Pairs  int // requests that it stands for
}

// Opens reports whether requests reach the application, all of them or some, that did not.
func (e Effect) Opens() bool {
	return strings.Contains(e.After, reaches) && !strings.Contains(e.Before, reaches)
}

// Closes reports whether requests reach the application no longer that did.
func (r Reach) Closes() bool {
	return slices.ContainsFunc(r.Effects, func(e Effect) bool { return e.Before == reaches && e.After != reaches })
}

// Pairs counts the requests whose answer changes.
func (r Reach) Pairs() int {
	n := 0
	for _, e := range r.Effects {
		n += e.Pairs
	}
	return n
}

// Opened counts the requests that reach the application, all of them or some, and did not.
func (r Reach) Opened() int {
	n := 0
	for _, e := range r.Effects {
		if e.Opens() {
			n += e.Pairs
		}
	}
	return n
}

// Of works out what a change of some objects does: after is the mesh with the change, changed names the objects.
func (m *Measure) Of(after *mesh.Snapshot, changed []mesh.Ref) Reach {
	var out Reach
	probes, bounded := m.probes(after, changed)
	out.Bounded = bounded
	var all []change
	for _, p := range probes {
		was, is := m.answers(m.s, p), m.answers(after, p)
		out.Examined += len(was)
		for n := range was {
			if was[n].text != is[n].text && !m.asked(p, was[n].from) {
				all = append(all, change{p, was[n].from, was[n].text, is[n].text})
			}
		}
	}
	out.Effects = m.grouped(m.together(all, probes))
	own := m.own()
	slices.SortStableFunc(out.Effects, func(a, b Effect) int {
		return cmp.Or(order(b.Opens(), a.Opens()), order(a.To != own, b.To != own), cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(a.From[0], b.From[0]), cmp.Compare(a.To, b.To), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return out
}

// change is an answer that changes.
type change struct {
	probe
	from, before, after string
}

// together makes one effect of all methods and paths that change alike, and of all workloads of a namespace.
func (m *Measure) together(all []change, probes []probe) []Effect {
	type key struct{ from, to, token, before, after string }
	asked := map[string][]probe{}
	for _, p := range probes {
		asked[p.to+p.token] = append(asked[p.to+p.token], p)
	}
	var keys []key
	of := map[key][]change{}
	for _, c := range all {
		k := key{c.from, c.to, c.token, c.before, c.after}
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], c)
	}
	var out []Effect
	for _, k := range keys {
		base := Effect{From: []string{k.from}, To: k.to, Token: k.token, Before: k.before, After: k.after}
		compared := slices.DeleteFunc(slices.Clone(asked[k.to+k.token]), func(p probe) bool { return p.outside() != (k.from == outside) || m.asked(p, k.from) })
		out = append(out, split(base, of[k], compared)...)
	}
	return out
}

// split writes the requests that change as few effects: all of them, else all methods of a path, else one by one.
func split(base Effect, changed []change, asked []probe) []Effect {
	if len(changed) == len(asked) && (len(changed) > 1 || changed[0].path == "") {
		base.Pairs = len(changed)
		return []Effect{base}
	}
	methods := map[string]int{}
	for _, p := range asked {
		methods[p.path]++
	}
	var out []Effect
	var paths []string
	byPath := map[string][]change{}
	for _, c := range changed {
		if byPath[c.path] == nil {
			paths = append(paths, c.path)
		}
		byPath[c.path] = append(byPath[c.path], c)
	}
	for _, path := range paths {
		list := byPath[path]
		if len(list) == methods[path] && len(list) > 1 {
			e := base
			e.Path, e.Pairs = path, len(list)
			out = append(out, e)
			continue
		}
		for _, c := range list {
			e := base
			e.Path, e.Method, e.Pairs = path, c.method, 1
			out = append(out, e)
		}
	}
	return out
}

// grouped makes one effect of those that differ in the source alone, and names a namespace in place of all its workloads.
func (m *Measure) grouped(list []Effect) []Effect {
	type key struct{ to, method, path, token, before, after string }
	at := map[key]int{}
	var out []Effect
	for _, e := range list {
		k := key{e.To, e.Method, e.Path, e.Token, e.Before, e.After}
		n, ok := at[k]
		if !ok {
			at[k] = len(out)
			out = append(out, e)
			continue
		}
		out[n].From = append(out[n].From, e.From...)
		out[n].Pairs += e.Pairs
	}
	all := map[string]int{}
	for _, p := range m.sources {
		all[p.Namespace]++
	}
	for n := range out {
		out[n].From = wholeNamespaces(out[n].From, all)
	}
	return out
}

// wholeNamespaces puts namespace/* in place of all workloads of a namespace, where it has several.
func wholeNamespaces(from []string, all map[string]int) []string {
	slices.Sort(from)
	count := map[string]int{}
	for _, f := range from {
		ns, _, _ := strings.Cut(f, "/")
		count[ns]++
	}
	var out []string
	for _, f := range from {
		ns, _, is := strings.Cut(f, "/")
		if is && all[ns] > 1 && count[ns] == all[ns] {
			f = ns + "/*"
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
