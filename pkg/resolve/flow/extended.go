package flow

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/trafficextension"
)

// Extended is what EnvoyFilters, WasmPlugins and TrafficExtensions make of the proxy that handles a request, on the way that the request
// takes through it.
type Extended struct {
	Patches envoyfilter.Patches
	Plugins []trafficextension.Extension // in the order of their filters
	Refused int                          // how many EnvoyFilters were left out so far, as the proxy refuses their patches

	Listener  envoyfilter.Listener
	Filters   []envoyfilter.Filter  // HTTP filters, in order; none where the proxy does not read HTTP
	Removed   []envoyfilter.Removal // filters of istiod's that patches took out of the HTTP chain
	Manager   effect.Manager        // what is merged into the connection manager
	ManagedBy []*envoyfilter.Patch

	// What is merged into the table, the virtual host and the route that the request is looked up in.
	Table, Host, Route envoyfilter.Merged
}

// PerRoute is the configuration that the route, its virtual host or its table carries for the filters of a name; nil for none.
func (x *Extended) PerRoute(name string) (config message.Message, by []*envoyfilter.Patch) {
	for _, m := range []envoyfilter.Merged{x.Route, x.Host, x.Table} {
		if c := m.Set.At("typed_per_filter_config", name); c != nil {
			return c, m.By
		}
	}
	return nil, nil
}

// Patched is what patches make of the route that a request takes, beside what istiod wrote.
type Patched struct {
	Value   message.Message // of a route that a patch put there: all of it
	Route   message.Message // what is merged into the route
	Host    message.Message // into its virtual host
	Table   message.Message // into the table
	By      []mesh.Ref      // the patches
	Cluster string          // the cluster that a patch sends the request to; empty where none does
}

// Hidden is what an extension or an external authorizer may have written into the headers of a request, so that nothing is known of them.
type Hidden struct {
	All   bool
	Names []string // in small letters
	By    []mesh.Ref
}

// Hides reports whether a header's value is not known, for what an extension may have done.
func (m Message) Hides(name string) bool {
	return m.Hidden.All || slices.Contains(m.Hidden.Names, strings.ToLower(name))
}

// Hide returns the message with headers of which nothing is known any more.
func (m Message) Hide(all bool, names []string, by ...mesh.Ref) Message {
	m.Hidden.All = m.Hidden.All || all
	m.Hidden.Names = append(slices.Clip(m.Hidden.Names), names...)
	m.Hidden.By = append(slices.Clip(m.Hidden.By), by...)
	return m
}

// HiddenGaps are the gaps of what is not known of the request's headers.
func (m Message) HiddenGaps() []mesh.Gap {
	var out []mesh.Gap
	for _, ref := range m.Hidden.By {
		g := mesh.Gap{Kind: ref.Kind, Namespace: ref.Namespace, Cause: mesh.Unsupported, Resource: ref}
		if ref.Kind == mesh.MeshConfig {
			g.Namespace, g.Cause = "", mesh.External // an authorizer
		}
		out = append(out, g)
	}
	return UniqueGaps(out)
}
