package resolve

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/application"
	"github.com/mesh-why/mesh-why/pkg/resolve/client"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/extension"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/hcm"
	"github.com/mesh-why/mesh-why/pkg/resolve/nacked"
	"github.com/mesh-why/mesh-why/pkg/resolve/policy"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/server"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
	"github.com/mesh-why/mesh-why/pkg/resolve/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/ztunnel"
)

// callerStages is what a request passes before any proxy.
var callerStages = []flow.Stage{{Name: "dial", Run: dns.Dial, Cluster: true}, {Name: "redirection", Run: ztunnel.Redirection}, {Name: "capture", Run: client.Capture},
	{Name: "network", Run: upstream.Network, Cluster: true}}

// pipeline is a place: what a party does there, its stages in the order in which its proxy applies them, and the mesh as the control plane of its
// proxy sees it, where that is not the one that the pod's labels name.
type pipeline struct {
	role   func(*corev1.Pod) flow.Role
	stages []flow.Stage
	view   func(*mesh.Snapshot) *mesh.Snapshot
}

// viewAt is the mesh as the party sees it that handles a request.
func viewAt(s *mesh.Snapshot, f flow.Flow) *mesh.Snapshot {
	if view := pipelines[f.In].view; view != nil {
		return view(s)
	}
	return s.For(f.Pod)
}

// pipelines are the places where requests go. A new rule is a line in one of the functions below, a new place one line here.
var pipelines map[flow.Place]pipeline

// init, since walking a pipeline may begin another walk (see fetch and check).
func init() {
	pipelines = map[flow.Place]pipeline{
		flow.ToClientSidecar: {role: always(flow.ClientSidecar), stages: clientSidecar()},
		flow.ToServerSidecar: {role: always(flow.ServerSidecar), stages: serverSidecar()},
		flow.ToGateway:       {role: gateway.Role, stages: throughGateway()},
		flow.ToClientZtunnel: {role: always(flow.Ztunnel), view: (*mesh.Snapshot).ForZtunnels, stages: []flow.Stage{
			{Name: "address", Run: ztunnel.Address}, {Name: "waypoint", Run: ztunnel.Waypoint}, {Name: "endpoints", Run: ztunnel.Endpoints}, {Name: "tunnel", Run: ztunnel.Tunnel},
		}},
		flow.ToServerZtunnel: {role: always(flow.Ztunnel), view: (*mesh.Snapshot).ForZtunnels, stages: []flow.Stage{
			{Name: "redirection", Run: ztunnel.Inbound}, {Name: "deny", Run: policy.Ztunnel.Deny, Filter: true},
			{Name: "peerAuthentication", Run: ztunnel.PeerAuthentication, Filter: true}, {Name: "allow", Run: policy.Ztunnel.Allow, Filter: true},
			{Name: "forward", Run: ztunnel.Forward},
		}},
		flow.ToWaypoint:    {role: always(flow.Waypoint), stages: throughWaypoint()},
		flow.ToApplication: {role: always(flow.Application), stages: []flow.Stage{{Name: "application", Run: application.Application}}},
		flow.ToAgent:       {role: proxyRole, stages: []flow.Stage{{Name: "agent", Run: application.Agent}}},
		flow.ToUnmodelled:  {role: always(flow.Application), stages: []flow.Stage{{Name: "unmodelled", Run: unmodelledPod}}},
	}
}

// always is the role of places where every pod has the same.
func always(role flow.Role) func(*corev1.Pod) flow.Role {
	return func(*corev1.Pod) flow.Role { return role }
}

// proxyRole is the role of the pod's proxy in a request that it answers itself.
func proxyRole(pod *corev1.Pod) flow.Role {
	switch mesh.RoleOf(pod) {
	case mesh.GatewayProxy:
		return gateway.Role(pod)
	case mesh.WaypointProxy:
		return flow.Waypoint
	}
	return flow.ServerSidecar
}

func clientSidecar() []flow.Stage {
	return slices.Concat(
		[]flow.Stage{
			{Name: "scope", Run: client.Scope}, {Name: "extensions", Run: extension.Extensions}, {Name: "listener", Run: client.Listener(application.OwnListener)},
			{Name: "listenerPatches", Run: extension.Listener}, {Name: "chainPatches", Run: extension.Chain}, {Name: "codec", Run: hcm.Codec}, before(envoyfilter.OwnRouter),
			{Name: "virtualHost", Run: extension.Hosts(client.VirtualHost, client.UnknownHost)}, {Name: "frozenRoutes", Run: nacked.FrozenRoutes}, {Name: "routePatches", Run: extension.Routes},
		},
		routes(),
		[]flow.Stage{
			{Name: "destination", Run: extension.Leaving(upstream.Destination), Ends: "cluster"}, {Name: "cluster", Run: upstream.Cluster}, {Name: "clusterExtensions", Run: extension.Clusters},
			{Name: "endpoints", Run: upstream.Endpoints}, {Name: "tunnel", Run: upstream.Tunnel}, {Name: "clientTLS", Run: upstream.ClientTLS},
			{Name: "network", Run: upstream.Network, Cluster: true},
		})
}

func serverSidecar() []flow.Stage {
	return slices.Concat(
		[]flow.Stage{
			{Name: "inboundCapture", Run: server.InboundCapture}, {Name: "extensions", Run: extension.Extensions}, {Name: "listenerPatches", Run: extension.Listener},
			{Name: "frozen", Run: nacked.Frozen}, {Name: "peerAuthentication", Run: server.PeerAuthentication, Ends: "failed"},
			{Name: "chainPatches", Run: extension.Chain}, {Name: "codec", Run: hcm.Codec},
		},
		policies(policy.Proxy),
		[]flow.Stage{
			{Name: "inboundRoutes", Run: extension.InboundRoutes}, {Name: "respondPatches", Run: extension.Respond}, {Name: "inboundCluster", Run: extension.InboundCluster},
			{Name: "forward", Run: extension.Leaving(server.Forward)},
		})
}

func throughGateway() []flow.Stage {
	return slices.Concat(
		[]flow.Stage{
			{Name: "extensions", Run: extension.Extensions}, {Name: "listenerPatches", Run: extension.Listener}, {Name: "frozen", Run: nacked.Frozen},
			{Name: "gatewayListener", Run: gateway.Listener}, {Name: "chainPatches", Run: extension.Chain}, {Name: "codec", Run: hcm.Codec},
		},
		policies(policy.Proxy),
		[]flow.Stage{
			{Name: "virtualHost", Run: extension.Hosts(gateway.VirtualHost, gateway.NoHost)}, {Name: "frozenRoutes", Run: nacked.FrozenRoutes},
			{Name: "routePatches", Run: extension.Routes}, {Name: "httpsRedirect", Run: route.HttpsRedirect},
		},
		routes(),
		[]flow.Stage{
			{Name: "destination", Run: extension.Leaving(upstream.Destination), Ends: "cluster"}, {Name: "cluster", Run: upstream.Cluster}, {Name: "clusterExtensions", Run: extension.Clusters},
			{Name: "waypoint", Run: gateway.Waypoint}, {Name: "endpoints", Run: upstream.Endpoints}, {Name: "tunnel", Run: upstream.Tunnel},
			{Name: "clientTLS", Run: upstream.ClientTLS}, {Name: "network", Run: upstream.Network, Cluster: true},
		})
}

func throughWaypoint() []flow.Stage {
	return slices.Concat(
		[]flow.Stage{
			{Name: "waypointListener", Run: waypoint.Listener}, {Name: "extensions", Run: extension.Waypoint(waypoint.Routes)}, {Name: "tunnelPatches", Run: extension.Tunnel},
			{Name: "listenerPatches", Run: extension.Listener}, {Name: "frozen", Run: nacked.Waypoint}, {Name: "chainPatches", Run: extension.Chain}, {Name: "codec", Run: hcm.Codec},
		},
		policies(policy.Waypoint(waypoint.Routes)),
		[]flow.Stage{{Name: "routePatches", Run: extension.WaypointRoutes}, {Name: "virtualHost", Run: waypoint.VirtualHost}},
		routes(),
		[]flow.Stage{
			{Name: "leaves", Run: waypoint.Leaves}, {Name: "workload", Run: waypoint.Workload},
			{Name: "destination", Run: extension.Leaving(upstream.Destination), Ends: "cluster"}, {Name: "cluster", Run: upstream.Cluster}, {Name: "clusterExtensions", Run: extension.Clusters},
			{Name: "endpoints", Run: upstream.Endpoints}, {Name: "tunnel", Run: waypoint.Tunnel}, {Name: "clientTLS", Run: waypoint.ClientTLS},
		})
}

// policies are the stages in which a proxy that reads HTTP enforces policies. All of them are evaluated behind a rejection too, so that
// everything that would refuse the request is shown. Between them stand the filters of extensions.
func policies(at policy.Point) []flow.Stage {
	own := func(name string, own envoyfilter.Own, run func(*mesh.Snapshot, flow.Flow) flow.Result) flow.Stage {
		return flow.Stage{Name: name, Run: extension.Own(own, run), Filter: true}
	}
	return []flow.Stage{
		before(envoyfilter.OwnCustom), own("custom", envoyfilter.OwnCustom, at.Custom(check)),
		before(envoyfilter.OwnJWT), own("requestAuthentication", envoyfilter.OwnJWT, at.RequestAuthentication(fetch)),
		before(envoyfilter.OwnAudit), own("audit", envoyfilter.OwnAudit, at.Audit),
		before(envoyfilter.OwnDeny), own("deny", envoyfilter.OwnDeny, at.Deny),
		before(envoyfilter.OwnAllow), own("allow", envoyfilter.OwnAllow, at.Allow),
		before(envoyfilter.OwnRouter),
	}
}

// before is the stage of the HTTP filters of extensions that stand before one of istiod's own.
func before(own envoyfilter.Own) flow.Stage {
	return flow.Stage{Name: "filters", Run: extension.Before(own)}
}

// routes are the stages in which a proxy finds a route, and does what that asks for beside sending the request on.
func routes() []flow.Stage {
	return []flow.Stage{
		{Name: "route", Run: route.Route}, {Name: "fault", Run: route.Fault, Ends: "abort"}, {Name: "cors", Run: route.Cors},
		{Name: "respondPatches", Run: extension.Respond}, {Name: "respond", Run: route.Respond},
	}
}

// fetch walks the request with which istiod fetches a key set.
func fetch(s *mesh.Snapshot, r *flow.Request) flow.Verdict { return verdict.Decide(Run(s, r)) }

// check walks a call that a proxy makes by itself.
func check(s *mesh.Snapshot, f flow.Flow) flow.Verdict {
	return verdict.Decide(walk(s, checkStages, f, &trail{party: f.At, message: f.Message, hops: f.Request.Depth * 4, returns: new(int)}))
}

// checkStages are those of a call that a proxy makes by itself.
var checkStages = []flow.Stage{{Name: "cluster", Run: upstream.Cluster}, {Name: "endpoints", Run: upstream.Endpoints}, {Name: "tunnel", Run: upstream.Tunnel},
	{Name: "clientTLS", Run: upstream.ClientTLS}}
