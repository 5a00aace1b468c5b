package extension

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/older"
)

// ofGateways are the flags that concern gateways alone.
var ofGateways = []string{
	"PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "PILOT_ENABLE_STRICT_GATEWAY_MERGING", "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG", "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER",
	"PILOT_GATEWAY_API_CONTROLLER_NAME", "PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME", "ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY",
}

// ofSidecars are those that concern sidecars alone.
var ofSidecars = []string{"PILOT_SIDECAR_USE_REMOTE_ADDRESS", "PILOT_UNIFIED_SIDECAR_SCOPE", "ENABLE_TLS_ON_SIDECAR_INGRESS", "PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE"}

// ofWaypoints are those that concern waypoints alone.
var ofWaypoints = []string{"ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES"}

// modelled are those of ambient mode that are read where they act: by ztunnels, by gateways before a waypoint, and where tunnels are opened.
var modelled = []string{"PILOT_AUTO_ALLOW_WAYPOINT_POLICY", "ENABLE_INGRESS_WAYPOINT_ROUTING", "AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY", "PILOT_ENABLE_SENDING_HBONE", "PILOT_PREFER_SENDING_HBONE"}

// followed are those that turn a change of a release back, or choose kinds, of which both sides are followed.
var followed = []string{
	"PILOT_ENABLE_ALPHA_GATEWAY_API", "PILOT_IGNORE_RESOURCES", "PILOT_INCLUDE_RESOURCES", "PILOT_HTTP10",
	"VERIFY_CERTIFICATE_AT_CLIENT", "EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY", "ENABLE_INBOUND_RETRY_POLICY", "ENABLE_ENHANCED_RESOURCE_SCOPING",
	"PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN", "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE", "PILOT_ENABLE_STRICT_GATEWAY_MERGING",
}

// unmodelledFlags lists the flags of istiod that are set and could change what this proxy does, but for those that are modelled.
func unmodelledFlags(s *mesh.Snapshot, f flow.Flow) []mesh.Ref {
	gateway := f.At.Role == flow.IngressGateway || f.At.Role == flow.EgressGateway
	var out []mesh.Ref
	for _, x := range s.Flags() {
		switch {
		case x.Known && (slices.Contains(followed, x.Name) || slices.Contains(older.Flags, x.Name)):
		case x.Name == "PILOT_SIDECAR_USE_REMOTE_ADDRESS" && !looksAtRemoteAddress(s):
		case x.Name == "PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES" && !gateway && !sendsToHeadless(s, f):
		case !gateway && slices.Contains(ofGateways, x.Name), gateway && slices.Contains(ofSidecars, x.Name):
		case slices.Contains(modelled, x.Name), slices.Contains(ofWaypoints, x.Name):
		default:
			out = append(out, x.At)
		}
	}
	return out
}

// sendsToHeadless reports whether a sidecar sends the request to a headless Service, or could: to the one that is called, or to one that a
// VirtualService names. What a server's sidecar does has nothing to do with how clients balance (pilot/pkg/features, EnableEDSForHeadless).
func sendsToHeadless(s *mesh.Snapshot, f flow.Flow) bool {
	if f.At.Role == flow.ServerSidecar {
		return false
	}
	headless := func(h *mesh.Host) bool { return h.Service != nil && h.Service.Spec.ClusterIP == corev1.ClusterIPNone }
	if f.Dial.Host == nil || headless(f.Dial.Host) {
		return true
	}
	rules, gaps := s.VirtualServices.All()
	routes, more := s.HTTPRoutes.All()
	return len(gaps)+len(more)+len(routes) > 0 || slices.ContainsFunc(rules, func(v *networkingapi.VirtualService) bool {
		return slices.ContainsFunc(destinations(&v.Spec), func(d *networking.Destination) bool {
			return slices.ContainsFunc(s.HostsNamed(mesh.ResolveHost(d.GetHost(), v.Namespace)), headless)
		})
	})
}

func destinations(v *networking.VirtualService) []*networking.Destination {
	var out []*networking.Destination
	for _, r := range v.Http {
		out = append(out, config.HttpDestinations(r)...)
	}
	for _, r := range v.Tcp {
		out = append(out, config.L4Destinations(r)...)
	}
	for _, r := range v.Tls {
		out = append(out, config.L4Destinations(r)...)
	}
	return out
}

// layered is the flag by which policies with selectors act at a waypoint too, on the tunnel, where any of them selects its pod; zero else.
func layered(s *mesh.Snapshot, f flow.Flow) mesh.Ref {
	flag := s.Flag(ofWaypoints[0])
	if flag.Name == "" {
		return mesh.Ref{}
	}
	attached := precedence.AuthorizationPolicies(s, f.Pod)
	if len(attached.Policies) == 0 && len(attached.Gaps) == 0 {
		return mesh.Ref{}
	}
	return flag.At
}

// looksAtRemoteAddress reports whether some policy compares the address that X-Forwarded-For tells.
func looksAtRemoteAddress(s *mesh.Snapshot) bool {
	list, gaps := s.AuthorizationPolicies.All()
	return len(gaps) > 0 || slices.ContainsFunc(list, func(p *securityapi.AuthorizationPolicy) bool {
		return slices.ContainsFunc(p.Spec.Rules, func(r *security.Rule) bool {
			return slices.ContainsFunc(r.When, func(c *security.Condition) bool { return c.Key == "remote.ip" }) ||
				slices.ContainsFunc(r.From, func(f *security.Rule_From) bool {
					return len(f.GetSource().GetRemoteIpBlocks())+len(f.GetSource().GetNotRemoteIpBlocks()) > 0
				})
		})
	})
}
