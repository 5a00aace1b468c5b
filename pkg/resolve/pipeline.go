package resolve

import (
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
)

// callerStages is what a request passes before any proxy.
var callerStages = []flow.Stage{{Name: "dial", Run: dns.Dial, Cluster: true}, {Name: "capture", Run: client.Capture}, {Name: "network", Run: upstream.Network, Cluster: true}}

// pipelines are the stages of each kind of party, in the order in which its proxy applies them. A new rule is a line here.
var pipelines map[flow.Place][]flow.Stage

func init() {
	client := []flow.Stage{
		{Name: "scope", Run: client.Scope}, {Name: "extensions", Run: extension.Extensions}, {Name: "listener", Run: client.Listener}, {Name: "codec", Run: hcm.Codec}, {Name: "virtualHost", Run: client.VirtualHost}, {Name: "frozenRoutes", Run: nacked.FrozenRoutes}, {Name: "route", Run: route.Route},
		{Name: "fault", Run: route.Fault}, {Name: "abort", Run: route.Abort}, {Name: "cors", Run: route.Cors}, {Name: "respond", Run: route.Respond},
		{Name: "destination", Run: upstream.Destination}, {Name: "cluster", Run: upstream.ClusterExists}, {Name: "clusterExtensions", Run: extension.ClusterExtensions},
		{Name: "endpoints", Run: upstream.Endpoints}, {Name: "clientTLS", Run: upstream.ClientTLS}, {Name: "network", Run: upstream.Network, Cluster: true},
	}
	server := []flow.Stage{
		{Name: "inboundCapture", Run: server.InboundCapture}, {Name: "extensions", Run: extension.Extensions}, {Name: "frozen", Run: nacked.Frozen}, {Name: "peerAuthentication", Run: server.PeerAuthentication}, {Name: "failed", Run: server.Failed}, {Name: "codec", Run: hcm.Codec},
		{Name: "custom", Run: policy.Custom(check)}, {Name: "requestAuthentication", Run: policy.RequestAuthentication(fetch)}, {Name: "audit", Run: policy.Audit}, {Name: "deny", Run: policy.Deny}, {Name: "allow", Run: policy.Allow},
		{Name: "forward", Run: server.Forward},
	}
	gateway := []flow.Stage{
		{Name: "extensions", Run: extension.Extensions}, {Name: "frozen", Run: nacked.Frozen}, {Name: "gatewayListener", Run: gateway.Listener}, {Name: "codec", Run: hcm.Codec},
		{Name: "custom", Run: policy.Custom(check)}, {Name: "requestAuthentication", Run: policy.RequestAuthentication(fetch)}, {Name: "audit", Run: policy.Audit}, {Name: "deny", Run: policy.Deny}, {Name: "allow", Run: policy.Allow},
		{Name: "virtualHost", Run: gateway.VirtualHost}, {Name: "frozenRoutes", Run: nacked.FrozenRoutes}, {Name: "httpsRedirect", Run: route.HttpsRedirect}, {Name: "route", Run: route.Route},
		{Name: "fault", Run: route.Fault}, {Name: "abort", Run: route.Abort}, {Name: "cors", Run: route.Cors}, {Name: "respond", Run: route.Respond},
		{Name: "destination", Run: upstream.Destination}, {Name: "cluster", Run: upstream.ClusterExists}, {Name: "clusterExtensions", Run: extension.ClusterExtensions},
		{Name: "endpoints", Run: upstream.Endpoints}, {Name: "clientTLS", Run: upstream.ClientTLS}, {Name: "network", Run: upstream.Network, Cluster: true},
	}
	pipelines = map[flow.Place][]flow.Stage{
		flow.ToClientSidecar: client,
		flow.ToServerSidecar: server,
		flow.ToGateway:       gateway,
		flow.ToApplication:   {{Name: "application", Run: application.Application}},
		flow.ToUnmodelled:    {{Name: "unmodelled", Run: unmodelledPod}},
	}
}

// filters are the stages that are evaluated behind a rejection too, so that everything that would refuse the request is shown.
var filters = map[string]bool{"custom": true, "requestAuthentication": true, "audit": true, "deny": true, "allow": true}

// fetch walks the request with which istiod fetches a key set.
func fetch(s *mesh.Snapshot, r *flow.Request) flow.Verdict { return verdict.Decide(Run(s, r)) }

// check walks a call that a proxy makes by itself.
func check(s *mesh.Snapshot, f flow.Flow) flow.Verdict {
	return verdict.Decide(walk(s, checkStages, f, f.Request.Depth*4))
}

// checkStages are those of a call that a proxy makes by itself.
var checkStages = []flow.Stage{{Name: "cluster", Run: upstream.ClusterExists}, {Name: "endpoints", Run: upstream.Endpoints}, {Name: "clientTLS", Run: upstream.ClientTLS}}
