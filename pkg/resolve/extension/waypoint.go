package extension

import (
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/trafficextension"
)

// Waypoint finds what extends a waypoint for what was dialled. WasmPlugins and TrafficExtensions stand where they stand in other proxies; a
// waypoint has no port that they could be matched by. An EnvoyFilter reaches the listener of the tunnel as well as that of the request, so
// that of one only is told whether it can change an answer at all. routes finds the virtual host of a Service on the waypoint.
func Waypoint(routes func(*mesh.Snapshot, flow.Flow) *config.VirtualHost) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result { return atWaypoint(s, f, routes) }
}

func atWaypoint(s *mesh.Snapshot, f flow.Flow, routes func(*mesh.Snapshot, flow.Flow) *config.VirtualHost) flow.Result {
	found := waypoint.Extensions(s, f.Attached)
	flag := layered(s, f)
	if len(found.Extensions) == 0 && len(found.Gaps) == 0 && flag.IsZero() {
		return flow.Result{}
	}
	a := attached{considered: found.Considered, gaps: found.Gaps}
	var heavy []mesh.Ref
	if !flag.IsZero() {
		heavy = append(heavy, flag)
	}
	for _, x := range found.Extensions {
		switch p, ok := plugin(x); {
		case ok && p.At(false, 0):
			a.plugins = append(a.plugins, p)
		case x.EnvoyFilter != nil && !Harmless(x):
			heavy = append(heavy, x.Ref)
		}
	}
	trafficextension.Sort(a.plugins, f.Pod.Namespace, s.Config.RootNamespace)
	x := &flow.Extended{Plugins: a.plugins}
	if f.L7 {
		f.VHost = routes(s, f)
		x.Filters = envoyfilter.WaypointChain(pluginFilters(s, a.plugins))
	}
	f.Extended = x
	r := told(f, a)
	if f.L7 {
		r.Response = responses(walk{s: s, f: f})
	}
	for _, p := range a.plugins {
		if p.Network {
			heavy = append(heavy, p.Ref)
		}
	}
	if len(heavy) > 0 {
		free(&r, f, nil, heavy...)
	}
	r.Unread(a.gaps...)
	return r
}
