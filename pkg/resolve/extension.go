package resolve

import (
	"slices"
	"strconv"

	extensionsapi "istio.io/api/extensions/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	typeapi "istio.io/api/type/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// extensions warns of what changes the proxy beyond Istio's rules: EnvoyFilters whose patches could touch this request, and plugins. What
// they do is not modelled, so every answer is possible; a status that a patch names is offered.
func extensions(s *mesh.Snapshot, f Flow) Result {
	return f.extended(s, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
		return p.ApplyTo != networking.EnvoyFilter_CLUSTER && f.patched(s, p)
	}, true)
}

// clusterExtensions does so for patches of the cluster that was chosen.
func clusterExtensions(s *mesh.Snapshot, f Flow) Result {
	if f.Cluster == nil {
		return Result{}
	}
	return f.extended(s, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
		m := p.GetMatch().GetCluster()
		return p.ApplyTo == networking.EnvoyFilter_CLUSTER && f.inContext(p) &&
			(m.GetService() == "" || m.Service == f.Cluster.Host.Name) && (m.GetSubset() == "" || m.Subset == f.Cluster.Subset) &&
			(m.GetPortNumber() == 0 || int(m.PortNumber) == f.Cluster.Port.Number) &&
			(m.GetName() == "" || m.Name == "outbound|"+itoa(f.Cluster.Port.Number)+"|"+f.Cluster.Subset+"|"+f.Cluster.Host.Name)
	}, false, f.unmodelledPolicy(s)...)
}

func (f Flow) extended(s *mesh.Snapshot, touches func(*networking.EnvoyFilter_EnvoyConfigObjectPatch) bool, plugins bool, more ...mesh.Ref) Result {
	if f.Bypassed {
		return Result{}
	}
	attached := precedence.Extensions(s, f.Pod)
	hits := more
	if plugins {
		hits = append(unmodelledMesh(s), f.unmodelledIngress(s)...)
	}
	var statuses []int
	for _, x := range attached.Extensions {
		for i, p := range x.EnvoyFilter.GetConfigPatches() {
			if touches(p) && !harmless(p) {
				hits = append(hits, x.Ref.At("spec.configPatches["+strconv.Itoa(i)+"]"))
				statuses = append(statuses, statusesIn(p.GetPatch().GetValue().AsMap())...)
			}
		}
		if plugins && f.plugged(x) {
			hits = append(hits, x.Ref)
		}
	}
	if len(hits) == 0 && (len(attached.Gaps) == 0 || !plugins) {
		return Result{}
	}
	r := passes(f)
	r.Effect, r.Rejects, r.Reason = Maybe, Unknown, Unmodelled
	if len(hits) == 0 {
		r.unread(attached.Gaps...)
		return r
	}
	r.Gaps = attached.Gaps
	for _, h := range hits {
		r.Candidates = append(r.Candidates, Candidate{Ref: h, Applies: true, Matches: Unknown})
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: h.Kind, Namespace: h.Namespace, Cause: mesh.Unsupported, Resource: h})
	}
	r.Resource = hits[0]
	r.With = Outcome{Kind: Answered, Reason: Unmodelled, By: by(Cause, hits...)}
	slices.Sort(statuses)
	for _, status := range slices.Compact(statuses) {
		o := f.replies(status, Unmodelled, "")
		o.By = by(Cause, hits...)
		r.Might = append(r.Might, o)
	}
	if !f.Request.Raw() {
		return r
	}
	r.With, r.Might = f.closed(Outcome{Reason: Unmodelled, By: by(Cause, hits...)}), nil
	return r
}

// inContext compares the direction that a patch is for with this proxy's part.
func (f Flow) inContext(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	switch p.GetMatch().GetContext() {
	case networking.EnvoyFilter_SIDECAR_INBOUND:
		return f.At.Role == ServerSidecar
	case networking.EnvoyFilter_SIDECAR_OUTBOUND:
		return f.At.Role == ClientSidecar
	case networking.EnvoyFilter_GATEWAY:
		return f.At.Role != ServerSidecar && f.At.Role != ClientSidecar
	}
	return true
}

// patched tells whether a patch could touch this request (pilot/pkg/networking/core/envoyfilter). Where that depends on names inside
// Envoy's configuration that are not known here, it could.
func (f Flow) patched(s *mesh.Snapshot, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	if !f.inContext(p) {
		return false
	}
	http := f.payload() == plainHTTP
	switch p.ApplyTo {
	case networking.EnvoyFilter_HTTP_FILTER:
		return http && f.listenerPatched(p)
	case networking.EnvoyFilter_LISTENER, networking.EnvoyFilter_FILTER_CHAIN, networking.EnvoyFilter_NETWORK_FILTER, networking.EnvoyFilter_LISTENER_FILTER:
		return f.listenerPatched(p)
	case networking.EnvoyFilter_ROUTE_CONFIGURATION, networking.EnvoyFilter_VIRTUAL_HOST, networking.EnvoyFilter_HTTP_ROUTE:
		return http && f.routesPatched(s, p)
	case networking.EnvoyFilter_EXTENSION_CONFIG, networking.EnvoyFilter_BOOTSTRAP:
		return false // takes effect only through something that refers to it
	}
	return false
}

func (f Flow) listenerPatched(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	m := p.GetMatch().GetListener()
	port := f.Wire.Port
	if f.At.Role == ClientSidecar {
		port = f.Dial.Port
	}
	if m.GetPortNumber() == 0 || int(m.PortNumber) == port {
		return true
	}
	// A server's one listener takes every port, so that a port in the match does not count against it.
	return f.At.Role == ServerSidecar && p.ApplyTo != networking.EnvoyFilter_LISTENER && m.GetFilterChain().GetDestinationPort() == 0
}

func (f Flow) routesPatched(s *mesh.Snapshot, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	m := p.GetMatch().GetRouteConfiguration()
	if f.At.Role == ServerSidecar {
		return m.GetVhost().GetName() == "" || m.Vhost.Name == "inbound|http|"+itoa(f.Wire.Port)
	}
	if f.At.Role != ClientSidecar {
		return true
	}
	if m.GetPortNumber() != 0 && int(m.PortNumber) != f.Dial.Port {
		return false
	}
	if m.GetVhost() == nil {
		return true
	}
	host := f.Scope.RouteTable(s, f.Client, f.Dial.Port).Lookup(f.Message.Authority)
	if host == nil {
		return m.Vhost.Name == "" || m.Vhost.Name == "allow_any" || m.Vhost.Name == "block_all"
	}
	return (m.Vhost.Name == "" || m.Vhost.Name == host.Name+":"+itoa(f.Dial.Port)) &&
		(m.Vhost.DomainName == "" || slices.Contains(host.Domains, m.Vhost.DomainName))
}

// plugged tells whether a plugin is in the way of this proxy's traffic, by its direction and ports.
func (f Flow) plugged(x precedence.Extension) bool {
	switch {
	case x.WasmPlugin != nil:
		if x.WasmPlugin.Type != extensionsapi.PluginType_NETWORK && f.payload() != plainHTTP {
			return false
		}
		return len(x.WasmPlugin.Match) == 0 || slices.ContainsFunc(x.WasmPlugin.Match, func(m *extensionsapi.WasmPlugin_TrafficSelector) bool {
			return f.selects(m.GetMode(), m.GetPorts())
		})
	case x.TrafficExtension != nil:
		return len(x.TrafficExtension.Match) == 0 || slices.ContainsFunc(x.TrafficExtension.Match, func(m *extensionsapi.TrafficSelector) bool {
			return f.selects(m.GetMode(), m.GetPorts())
		})
	}
	return false
}

func (f Flow) selects(mode typeapi.WorkloadMode, ports []*typeapi.PortSelector) bool {
	client := f.At.Role != ServerSidecar
	if mode == typeapi.WorkloadMode_CLIENT && !client || mode == typeapi.WorkloadMode_SERVER && client {
		return false
	}
	port := f.Wire.Port
	if f.At.Role == ClientSidecar {
		port = f.Dial.Port
	}
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p *typeapi.PortSelector) bool { return int(p.GetNumber()) == port })
}

// Harmless tells an extension that cannot change an answer: it only watches traffic.
func Harmless(x precedence.Extension) bool {
	return x.EnvoyFilter != nil && !slices.ContainsFunc(x.EnvoyFilter.ConfigPatches, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool { return !harmless(p) })
}
