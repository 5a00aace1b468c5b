package resolve

// callerStages is what a request passes before any proxy.
var callerStages = []Stage{{Name: "dial", Run: dial, Cluster: true}, {Name: "capture", Run: capture}, {Name: "network", Run: network, Cluster: true}}

// pipelines are the stages of each kind of party, in the order in which its proxy applies them. A new rule is a line here.
var pipelines map[Place][]Stage

func init() {
	client := []Stage{
		{Name: "scope", Run: scope}, {Name: "extensions", Run: extensions}, {Name: "listener", Run: listener}, {Name: "codec", Run: codec}, {Name: "virtualHost", Run: virtualHost}, {Name: "frozenRoutes", Run: frozenRoutes}, {Name: "route", Run: route},
		{Name: "fault", Run: fault}, {Name: "abort", Run: abort}, {Name: "cors", Run: cors}, {Name: "respond", Run: respond},
		{Name: "destination", Run: destination}, {Name: "cluster", Run: clusterExists}, {Name: "clusterExtensions", Run: clusterExtensions},
		{Name: "endpoints", Run: endpoints}, {Name: "clientTLS", Run: clientTLS}, {Name: "network", Run: network, Cluster: true},
	}
	server := []Stage{
		{Name: "inboundCapture", Run: inboundCapture}, {Name: "extensions", Run: extensions}, {Name: "frozen", Run: frozen}, {Name: "peerAuthentication", Run: peerAuthentication}, {Name: "failed", Run: failed}, {Name: "codec", Run: codec},
		{Name: "custom", Run: custom}, {Name: "requestAuthentication", Run: requestAuthentication}, {Name: "audit", Run: audit}, {Name: "deny", Run: deny}, {Name: "allow", Run: allow},
		{Name: "forward", Run: forward},
	}
	gateway := []Stage{
		{Name: "extensions", Run: extensions}, {Name: "frozen", Run: frozen}, {Name: "gatewayListener", Run: gatewayListener}, {Name: "codec", Run: codec},
		{Name: "custom", Run: custom}, {Name: "requestAuthentication", Run: requestAuthentication}, {Name: "audit", Run: audit}, {Name: "deny", Run: deny}, {Name: "allow", Run: allow},
		{Name: "virtualHost", Run: gatewayHost}, {Name: "frozenRoutes", Run: frozenRoutes}, {Name: "httpsRedirect", Run: httpsRedirect}, {Name: "route", Run: route},
		{Name: "fault", Run: fault}, {Name: "abort", Run: abort}, {Name: "cors", Run: cors}, {Name: "respond", Run: respond},
		{Name: "destination", Run: destination}, {Name: "cluster", Run: clusterExists}, {Name: "clusterExtensions", Run: clusterExtensions},
		{Name: "endpoints", Run: endpoints}, {Name: "clientTLS", Run: clientTLS}, {Name: "network", Run: network, Cluster: true},
	}
	pipelines = map[Place][]Stage{
		ToClientSidecar: client,
		ToServerSidecar: server,
		ToGateway:       gateway,
		ToApplication:   {{Name: "application", Run: application}},
		ToUnmodelled:    {{Name: "unmodelled", Run: unmodelledPod}},
	}
}

// filters are the stages that are evaluated behind a rejection too, so that everything that would refuse the request is shown.
var filters = map[string]bool{"custom": true, "requestAuthentication": true, "audit": true, "deny": true, "allow": true}

// checkStages are those of a call that a proxy makes by itself.
var checkStages = []Stage{{Name: "cluster", Run: clusterExists}, {Name: "endpoints", Run: endpoints}, {Name: "clientTLS", Run: clientTLS}}
