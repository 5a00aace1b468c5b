package extension

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// The listeners of a waypoint: the one that takes tunnels, and the internal one for what comes out of them
// (pilot/pkg/networking/core/listener_waypoint.go). Patches for the inbound context of sidecars reach both.
const (
	tunnelListener   = "connect_terminate"
	tunnelPort       = 15008
	internalListener = "main_internal"
)

// waypointListener describes the listener for what comes out of the tunnel, and the chain for what was dialled. An internal listener has no
// port, and its chains match nothing by themselves.
func waypointListener(f flow.Flow) envoyfilter.Listener {
	kind := "tcp"
	if f.L7 {
		kind = "http"
	}
	name := "direct-" + kind
	if h := f.Attached.Host; h != nil {
		name = "inbound-vip|" + strconv.Itoa(f.Dial.Port) + "|" + kind + "|" + h.Name
	}
	return envoyfilter.Listener{Context: envoyfilter.Inbound, Name: internalListener, Chain: envoyfilter.Chain{Name: name}}
}

// waypointTable describes the table of routes for what was dialled. It is patched where istiod writes a default route alone: tables with
// routes of VirtualServices or of the Gateway API it does not patch (buildWaypointInboundHTTPRouteConfig).
func waypointTable(f flow.Flow) envoyfilter.Table {
	if h := f.Attached.Host; h != nil {
		return envoyfilter.Table{Context: envoyfilter.Inbound, Name: "inbound-vip|" + strconv.Itoa(f.Dial.Port) + "|http|" + h.Name, Port: f.Dial.Port}
	}
	return envoyfilter.Table{Context: envoyfilter.Inbound, Name: "encap"}
}

// waypointHost describes the one virtual host of the table.
func waypointHost(f flow.Flow) envoyfilter.Host {
	if f.Attached.Host == nil {
		return envoyfilter.Host{Name: "inbound|http|0", Domains: []string{"*"}}
	}
	domains := []string{"*"}
	if f.VHost != nil {
		domains = f.VHost.Domains
	}
	return envoyfilter.Host{Name: "inbound|http|" + strconv.Itoa(f.Dial.Port), Domains: domains}
}

// unpatchedRoutes reports whether patches of routes are left out: see [waypointTable].
func unpatchedRoutes(f flow.Flow) bool {
	return f.At.Role == flow.Waypoint && f.VHost != nil && len(f.VHost.Routes) > 0
}

// ownCluster reports whether a waypoint sends to a Service that is bound to it: istiod does not patch the clusters of these
// (pilot/pkg/networking/core/cluster.go, buildClusters).
func ownCluster(s *mesh.Snapshot, f flow.Flow) bool {
	return f.At.Role == flow.Waypoint && f.Cluster != nil && waypoint.Serves(s, f.Attached.Gateway, f.Cluster.Host)
}
