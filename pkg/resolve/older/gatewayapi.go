package older

import (
	"strings"

	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codes of changes of the Gateway API.
const (
	KindsOfOneHost    flow.Note = "KindsOfOneHost"
	HostnamesCrossed  flow.Note = "HostnamesCrossed"
	GroupOfParents    flow.Note = "GroupOfParents"
	GatewayNameLabels flow.Note = "GatewayNameLabels"
)

var ofGatewayAPI = []change{
	// Row 42: of an HTTPRoute and a GRPCRoute with one hostname one was lost.
	{code: KindsOfOneHost, since: release.Since{{Major: 1, Minor: 30}}, bears: bothKinds, old: []flow.Outcome{missing}},
	// Row 43: a TLSRoute took all of its hostname, not what its listener has of it alone.
	{code: HostnamesCrossed, since: release.Since{{Major: 1, Minor: 27, Patch: 9}, {Major: 1, Minor: 28, Patch: 6}, {Major: 1, Minor: 29, Patch: 2}, {Major: 1, Minor: 30}}, bears: widerTLSRoute, old: []flow.Outcome{reaches}},
	// Row 46: a parent of kind Service needed no group.
	{code: GroupOfParents, since: release.Since{{Major: 1, Minor: 19}}, bears: parentWithoutGroup, old: []flow.Outcome{reaches, missing, broken}},
	// Row 47: policies knew pods of a Gateway by the label istio.io/gateway-name.
	{code: GatewayNameLabels, since: release.Since{{Major: 1, Minor: 21}}, bears: oldGatewayLabel, old: []flow.Outcome{reaches, denied}},
}

// bothKinds is a route of one kind that shares its host with one of the other.
func bothKinds(p place) mesh.Ref {
	if p.Left.Gateway == nil || p.Left.VHost == nil {
		return mesh.Ref{}
	}
	var http, grpc mesh.Ref
	for i := range p.Left.VHost.Routes {
		switch ref := p.Left.VHost.Routes[i].HTTP.Ref; ref.Kind {
		case mesh.HTTPRoute:
			http = ref.Object()
		case mesh.GRPCRoute:
			grpc = ref.Object()
		}
	}
	if http.IsZero() {
		return mesh.Ref{}
	}
	return grpc
}

// widerTLSRoute is a TLSRoute for the name of a connection that a gateway does not take, where istiod reads TLSRoutes.
func widerTLSRoute(p place) mesh.Ref {
	name := p.Flow.BytesName()
	api := resource.Context{Snapshot: p.s}
	if !api.Reads(release.TLSRoutesRead) || name == "" || p.Party.Role != flow.IngressGateway && p.Party.Role != flow.EgressGateway || !ends(p, "gatewayListener") {
		return mesh.Ref{}
	}
	routes, _ := p.s.TLSRoutes.All()
	for _, r := range routes {
		for _, h := range r.Spec.Hostnames {
			if mesh.HostWithin(strings.ToLower(name), strings.ToLower(string(h))) {
				return mesh.Ref{Kind: mesh.TLSRoute, Namespace: r.Namespace, Name: r.Name, Field: "spec.hostnames"}
			}
		}
	}
	return mesh.Ref{}
}

// ends reports whether the request ends at a stage.
func ends(p place, stage string) bool {
	for i := range p.Results {
		if r := &p.Results[i]; r.Stage == stage && r.Rejects() == evidence.True {
			return true
		}
	}
	return false
}

func parentWithoutGroup(p place) mesh.Ref {
	c := p.cluster()
	if c == nil || p.Party.Role != flow.ClientSidecar {
		return mesh.Ref{}
	}
	routes, _ := p.s.HTTPRoutes.All()
	for _, r := range routes {
		for _, x := range r.Spec.ParentRefs {
			ns := string(ptr.Deref(x.Namespace, gatewayv1.Namespace(r.Namespace)))
			if ptr.Deref(x.Kind, "") == "Service" && (x.Group == nil || *x.Group == gatewayv1.GroupName) && mesh.ServiceHost(string(x.Name), ns) == c.Host.Name {
				return mesh.Ref{Kind: mesh.HTTPRoute, Namespace: r.Namespace, Name: r.Name, Field: "spec.parentRefs"}
			}
		}
	}
	return mesh.Ref{}
}

func oldGatewayLabel(p place) mesh.Ref {
	pod := p.Flow.Pod
	if pod == nil || pod.Labels["istio.io/gateway-name"] == "" || pod.Labels[mesh.GatewayNameLabel] != "" {
		return mesh.Ref{}
	}
	policies, _ := p.s.AuthorizationPolicies.In(pod.Namespace)
	for _, x := range policies {
		if x.Spec.TargetRef != nil {
			return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: x.Namespace, Name: x.Name, Field: "spec.targetRef"}
		}
	}
	return mesh.Ref{}
}
