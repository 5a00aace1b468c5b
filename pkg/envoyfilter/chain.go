package envoyfilter

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
)

// Filters is what patches make of the filters of a chain.
type Filters struct {
	List    []Filter
	Removed []Removal
	// Refused is why the proxy does not take the listener, nil where it does. It keeps what it had.
	Refused *Refusal
	// Panics is a patch whose merge ends in a panic of istiod's, which loses patches of the same chain: those of HTTP filters.
	Panics *Patch
	// Idle are patches for the chain that do nothing there.
	Idle []Lost
}

// Removal is an own filter that a patch took out of a chain, or replaced.
type Removal struct {
	Filter Filter
	By     *Patch
}

// Refusal is why a proxy refuses configuration.
type Refusal struct {
	By  *Patch
	Why Problem
}

// Problem is what is wrong with a patch in the proxy's eyes.
type Problem string

// The problems.
const (
	BehindRouter    Problem = "PatchBehindRouter"    // a filter stands behind the router, or behind the filter that ends a network chain
	NoRouter        Problem = "PatchNoRouter"        // the last HTTP filter is not the router
	NoConfiguration Problem = "PatchNoConfiguration" // a filter without typed_config, so that no code for it is found
	BadScript       Problem = "PatchBadScript"       // a script that does not compile, or two of them
	BadField        Problem = "PatchBadField"        // a field that the proxy does not take beside what istiod writes
	NeverComes      Problem = "PatchNeverComes"      // the filter's configuration is to be discovered, and nothing sends it
	TakenName       Problem = "PatchTakenName"       // a cluster, a virtual host or a domain that is there already
)

// Reasons for which a patch that matches does nothing.
const (
	NoAnchor    Loss = "NoAnchor"    // the filter or route that it names is not there
	NoOperation Loss = "NoOperation" // the operation does nothing for this kind of configuration
)

// HTTPFilters applies the patches of HTTP filters to the chain of a connection manager, whose own filters are given in order. All
// operations but MERGE come first, whatever their priority.
func (ps Patches) HTTPFilters(l Listener, own []Filter) Filters {
	out := Filters{List: slices.Clone(own)}
	var merges []*Patch
	for _, p := range ps.All(networking.EnvoyFilter_HTTP_FILTER) {
		if !p.onChain(l) || !p.onFilter(connectionManager) {
			continue
		}
		if p.Op == networking.EnvoyFilter_Patch_MERGE {
			merges = append(merges, p)
			continue
		}
		out.edit(p, p.subFilter() != nil, func(f Filter) bool { return p.onSubFilter(f.Name) })
	}
	out.merge(merges, (*Patch).onSubFilter)
	if out.Panics != nil {
		// What the chain's connection manager had before is what it keeps.
		return Filters{List: own, Panics: out.Panics}
	}
	out.Refused = ps.refusedHTTP(out.List)
	return out
}

// edit applies one operation and notes what it took away, or that it did nothing.
func (out *Filters) edit(p *Patch, named bool, is func(Filter) bool) {
	n := len(out.List)
	var before []Filter
	if p.Op == networking.EnvoyFilter_Patch_REMOVE || p.Op == networking.EnvoyFilter_Patch_REPLACE {
		before = slices.Clone(out.List)
	}
	out.List = edit(out.List, p, named, is)
	gone := missing(before, out.List)
	for _, f := range gone {
		out.Removed = append(out.Removed, Removal{f, p})
	}
	if len(gone) == 0 && n == len(out.List) {
		why := NoAnchor
		switch p.Op {
		case networking.EnvoyFilter_Patch_REMOVE, networking.EnvoyFilter_Patch_REPLACE:
			if !named {
				why = NoOperation
			}
		case networking.EnvoyFilter_Patch_MERGE_AND_REPLACE_LIST, networking.EnvoyFilter_Patch_INVALID:
			why = NoOperation
		}
		out.Idle = append(out.Idle, Lost{p.Ref, why})
	}
}

// missing lists the filters of before that are not in after, where those that are stand in the same order.
func missing(before, after []Filter) []Filter {
	var out []Filter
	for _, f := range before {
		if i := slices.IndexFunc(after, f.same); i < 0 {
			out = append(out, f)
		} else {
			after = after[i+1:]
		}
	}
	return out
}

// same reports whether two filters are one, so far as it can have gone.
func (f Filter) same(g Filter) bool {
	return f.Name == g.Name && f.Own == g.Own && f.By == g.By && f.Extension == g.Extension
}

// merge merges patches into the filters that they match. Types that differ are a panic (pkg/proto/merge).
func (out *Filters) merge(merges []*Patch, on func(*Patch, string) bool) {
	for i := range out.List {
		f := &out.List[i]
		for _, p := range merges {
			if !on(p, f.Name) || f.Discovery || f.Type == "" {
				continue
			}
			typ, config := p.Value.Any("typed_config")
			switch {
			case typ != "" && (typ != f.Type || wrapped(p.Value) != f.Wrapped):
				out.Panics = p
				return
			case typ != "":
				f.Config = message.Merge(f.Config, without(config, "@type"))
			}
			if name := p.Value.Text("name"); name != "" {
				f.Name = name
			}
			f.Merged = append(f.Merged, p)
		}
	}
	for _, p := range merges {
		if !slices.ContainsFunc(out.List, func(f Filter) bool { return slices.Contains(f.Merged, p) }) {
			out.Idle = append(out.Idle, Lost{p.Ref, NoAnchor})
		}
	}
}

func without(m message.Message, field string) message.Message {
	out := message.Message{}
	for k, v := range m {
		if k != field {
			out[k] = v
		}
	}
	return out
}

// refusedHTTP finds what makes the proxy refuse a chain of HTTP filters.
func (ps Patches) refusedHTTP(list []Filter) *Refusal {
	router := slices.IndexFunc(list, func(f Filter) bool { return f.Own == OwnRouter })
	for i, f := range list {
		switch {
		case f.By == nil:
			continue
		case f.Type == "" && !f.Discovery:
			return &Refusal{f.By, NoConfiguration}
		case f.Wrapped && !known(f.Type):
			return &Refusal{f.By, NoConfiguration}
		case i > router && router >= 0:
			return &Refusal{f.By, BehindRouter}
		case f.Discovery && ps.extension(f.Name) == nil:
			return &Refusal{f.By, NeverComes}
		}
	}
	if router < 0 {
		for _, p := range ps.All(networking.EnvoyFilter_HTTP_FILTER) {
			if p.Op == networking.EnvoyFilter_Patch_REMOVE || p.Op == networking.EnvoyFilter_Patch_REPLACE {
				return &Refusal{p, NoRouter}
			}
		}
	}
	return nil
}

// extension is the patch that adds the configuration for filters of a name that discover it.
func (ps Patches) extension(name string) *Patch {
	for _, p := range ps.All(networking.EnvoyFilter_EXTENSION_CONFIG) {
		if p.Op == networking.EnvoyFilter_Patch_ADD && p.Value.Text("name") == name {
			return p
		}
	}
	return nil
}

// Discovered returns a filter whose configuration comes by itself with what comes.
func (ps Patches) Discovered(f Filter) Filter {
	if !f.Discovery {
		return f
	}
	if p := ps.extension(f.Name); p != nil {
		f.Type, f.Config = p.Value.Any("typed_config")
	}
	return f
}

// NetworkFilters applies the patches of network filters to a chain, likewise. What is merged into the connection manager stands in its
// Config.
func (ps Patches) NetworkFilters(l Listener, own []Filter) Filters {
	out := Filters{List: slices.Clone(own)}
	var merges []*Patch
	for _, p := range ps.All(networking.EnvoyFilter_NETWORK_FILTER) {
		if !p.onChain(l) {
			continue
		}
		if p.Op == networking.EnvoyFilter_Patch_MERGE {
			merges = append(merges, p)
			continue
		}
		named := p.match.GetListener().GetFilterChain().GetFilter() != nil
		out.edit(p, named, func(f Filter) bool { return p.onFilter(f.Name) })
	}
	out.merge(merges, (*Patch).onFilter)
	if out.Panics != nil {
		return out
	}
	end := slices.IndexFunc(out.List, func(f Filter) bool { return f.Own == OwnManager || f.Own == OwnProxy })
	for i, f := range out.List {
		if f.By != nil && f.Type == "" && !f.Discovery {
			out.Refused = &Refusal{f.By, NoConfiguration}
		} else if f.By != nil && end >= 0 && i > end {
			out.Refused = &Refusal{f.By, BehindRouter}
		}
	}
	return out
}
