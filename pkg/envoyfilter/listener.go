package envoyfilter

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
)

// Listener is where a proxy takes a connection, and the filter chain that takes it there.
type Listener struct {
	Context Context
	Name    string // virtualInbound, virtualOutbound, or ADDRESS_PORT
	Port    int    // that it is bound to
	Chain   Chain
}

// Chain is a filter chain.
type Chain struct {
	Name                 string
	DestinationPort      int      // of its match; 0 for none
	ServerNames          []string // of its match
	TransportProtocol    string   // of its match: tls, raw_buffer or none
	ApplicationProtocols []string // of its match
}

// NamesListener reports whether the patch is for a listener that it names, or that has a port which it names.
func (p *Patch) NamesListener() bool {
	m := p.match.GetListener()
	return m.GetName() != "" || m.GetPortNumber() != 0
}

// virtual reports whether a listener stands for all the ports that are redirected to it.
func (l Listener) virtual() bool { return l.Name == "virtualInbound" || l.Name == "virtualOutbound" }

// onListener reports whether a patch matches the listener (listenerMatch). portName is looked at by nothing. A match of another kind of
// object counts as none.
func (p *Patch) onListener(l Listener) bool {
	m := p.match.GetListener()
	if !p.In(l.Context) || m.GetName() != "" && m.GetName() != l.Name {
		return false
	}
	if p.applyTo != networking.EnvoyFilter_LISTENER && l.virtual() {
		return true // the port is one of the chain's
	}
	return m.GetPortNumber() == 0 || int(m.GetPortNumber()) == l.Port
}

// onChain reports whether a patch matches the listener's chain (filterChainMatch).
func (p *Patch) onChain(l Listener) bool {
	if !p.onListener(l) {
		return false
	}
	m := p.match.GetListener()
	if l.virtual() && m.GetPortNumber() > 0 && int(m.GetPortNumber()) != l.Chain.DestinationPort {
		return false
	}
	c := m.GetFilterChain()
	switch {
	case c.GetName() != "" && c.GetName() != l.Chain.Name,
		c.GetSni() != "" && !slices.Contains(l.Chain.ServerNames, c.GetSni()),
		c.GetTransportProtocol() != "" && c.GetTransportProtocol() != l.Chain.TransportProtocol,
		c.GetDestinationPort() > 0 && int(c.GetDestinationPort()) != l.Chain.DestinationPort:
		return false
	}
	for _, want := range strings.Split(c.GetApplicationProtocols(), ",") {
		if want != "" && !slices.Contains(l.Chain.ApplicationProtocols, want) {
			return false
		}
	}
	return true
}

// onFilter reports whether a patch matches a network filter of a chain, by name; one that names none matches all.
func (p *Patch) onFilter(name string) bool {
	f := p.match.GetListener().GetFilterChain().GetFilter()
	return f == nil || p.names(f.GetName()) == name
}

// onSubFilter reports the same for HTTP filters.
func (p *Patch) onSubFilter(name string) bool {
	f := p.subFilter()
	return f == nil || p.names(f.GetName()) == name
}

func (p *Patch) subFilter() *networking.EnvoyFilter_ListenerMatch_SubFilterMatch {
	return p.match.GetListener().GetFilterChain().GetFilter().GetSubFilter()
}

// Listened is what patches make of a listener and of the choice of its chains.
type Listened struct {
	Removed      *Patch          // takes the listener away
	Set          message.Message // the fields that are merged into it
	By           []*Patch        // that merge them
	ChainRemoved *Patch          // takes the chain away
	ChainSet     message.Message
	ChainBy      []*Patch
	Filters      []Filter // the listener filters, in order
	Added        []*Patch // listeners and chains that stand beside it
}

// Listener applies the patches of listeners, listener filters and chains. filters are the listener filters that istiod writes.
func (ps Patches) Listener(l Listener, filters []Filter) Listened {
	out := Listened{Filters: slices.Clone(filters)}
	for _, p := range ps.All(networking.EnvoyFilter_LISTENER) {
		switch {
		case p.Op == networking.EnvoyFilter_Patch_ADD:
			if p.match.GetContext() == l.Context || p.match.GetContext() == networking.EnvoyFilter_ANY && l.Context != Inbound {
				out.Added = append(out.Added, p)
			}
		case !p.onListener(l):
		case p.Op == networking.EnvoyFilter_Patch_REMOVE:
			out.Removed = p
			return out
		case p.merges():
			out.Set, out.By = p.into(out.Set), append(out.By, p)
			for _, f := range p.Value.List("listener_filters") {
				out.Filters = append(out.Filters, inserted(f, p)) // lists are appended
			}
		}
	}
	out.listenerFilters(ps, l)
	for _, p := range ps.All(networking.EnvoyFilter_FILTER_CHAIN) {
		switch {
		case p.Op == networking.EnvoyFilter_Patch_ADD:
			if p.onListener(l) {
				out.Added = append(out.Added, p)
			}
		case !p.onChain(l) || out.ChainRemoved != nil:
		case p.Op == networking.EnvoyFilter_Patch_REMOVE:
			out.ChainRemoved = p
		case p.merges():
			out.ChainSet, out.ChainBy = p.into(out.ChainSet), append(out.ChainBy, p)
		}
	}
	return out
}

func (out *Listened) listenerFilters(ps Patches, l Listener) {
	for _, p := range ps.All(networking.EnvoyFilter_LISTENER_FILTER) {
		if !p.onListener(l) {
			continue
		}
		named := p.match.GetListener().GetListenerFilter()
		is := func(f Filter) bool { return p.names(named) == f.Name }
		out.Filters = edit(out.Filters, p, named != "", is)
	}
}

// ListenerFilterRemovals returns the patches that take listener filters away from a listener.
func (ps Patches) ListenerFilterRemovals(l Listener) []*Patch {
	var out []*Patch
	for _, p := range ps.All(networking.EnvoyFilter_LISTENER_FILTER) {
		if p.onListener(l) && (p.Op == networking.EnvoyFilter_Patch_REMOVE || p.Op == networking.EnvoyFilter_Patch_REPLACE) {
			out = append(out, p)
		}
	}
	return out
}
