package extension

import (
	"slices"
	"strconv"

	extensionsapi "istio.io/api/extensions/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	typeapi "istio.io/api/type/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Extensions warns of what changes the proxy beyond Istio's rules: EnvoyFilters whose patches could touch this request, and plugins. What
// they do is not modelled, so every answer is possible; a status that a patch names is offered.
func Extensions(s *mesh.Snapshot, f flow.Flow) flow.Result {
	return extended(f, s, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
		return p.ApplyTo != networking.EnvoyFilter_CLUSTER && patched(f, s, p)
	}, true)
}

// ClusterExtensions does so for patches of the cluster that was chosen.
func ClusterExtensions(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Cluster == nil {
		return flow.Result{}
	}
	return extended(f, s, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
		m := p.GetMatch().GetCluster()
		return p.ApplyTo == networking.EnvoyFilter_CLUSTER && inContext(f, p) &&
			(m.GetService() == "" || m.Service == f.Cluster.Host.Name) && (m.GetSubset() == "" || m.Subset == f.Cluster.Subset) &&
			(m.GetPortNumber() == 0 || int(m.PortNumber) == f.Cluster.Port.Number) &&
			(m.GetName() == "" || m.Name == "outbound|"+strconv.Itoa(f.Cluster.Port.Number)+"|"+f.Cluster.Subset+"|"+f.Cluster.Host.Name)
	}, false, upstream.UnmodelledPolicy(f, s)...)
}

func extended(f flow.Flow, s *mesh.Snapshot, touches func(*networking.EnvoyFilter_EnvoyConfigObjectPatch) bool, plugins bool, more ...mesh.Ref) flow.Result {
	if f.Bypassed {
		return flow.Result{}
	}
	attached := precedence.Extensions(s, f.Pod)
	hits := more
	if plugins {
		hits = append(upstream.UnmodelledMesh(s), unmodelledIngress(f, s)...)
	}
	var statuses []int
	for _, x := range attached.Extensions {
		for i, p := range x.EnvoyFilter.GetConfigPatches() {
			if touches(p) && !harmless(p) {
				hits = append(hits, x.Ref.At("spec.configPatches["+strconv.Itoa(i)+"]"))
				statuses = append(statuses, statusesIn(p.GetPatch().GetValue().AsMap())...)
			}
		}
		if plugins && plugged(f, x) {
			hits = append(hits, x.Ref)
		}
	}
	if len(hits) == 0 && (len(attached.Gaps) == 0 || !plugins) {
		return flow.Result{}
	}
	r := flow.Pass(f)
	r.Rejects, r.Reason = evidence.Unknown, flow.Unmodelled
	if len(hits) == 0 {
		r.Unread(attached.Gaps...)
		return r
	}
	r.Gaps = attached.Gaps
	for _, h := range hits {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: h, Applies: true, Matches: evidence.Unknown})
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: h.Kind, Namespace: h.Namespace, Cause: mesh.Unsupported, Resource: h})
	}
	r.Resource = hits[0]
	r.With = flow.Outcome{Kind: flow.Answered, Reason: flow.Unmodelled, By: flow.By(flow.Cause, hits...)}
	slices.Sort(statuses)
	for _, status := range slices.Compact(statuses) {
		o := f.Replies(status, flow.Unmodelled, "")
		o.By = flow.By(flow.Cause, hits...)
		r.Might = append(r.Might, o)
	}
	if !f.Request.Raw() {
		return r
	}
	r.With, r.Might = f.Closed(flow.Outcome{Reason: flow.Unmodelled, By: flow.By(flow.Cause, hits...)}), nil
	return r
}

// inContext compares the direction that a patch is for with this proxy's part.
func inContext(f flow.Flow, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	switch p.GetMatch().GetContext() {
	case networking.EnvoyFilter_SIDECAR_INBOUND:
		return f.At.Role == flow.ServerSidecar
	case networking.EnvoyFilter_SIDECAR_OUTBOUND:
		return f.At.Role == flow.ClientSidecar
	case networking.EnvoyFilter_GATEWAY:
		return f.At.Role != flow.ServerSidecar && f.At.Role != flow.ClientSidecar
	}
	return true
}

// patched tells whether a patch could touch this request (pilot/pkg/networking/core/envoyfilter). Where that depends on names inside
// Envoy's configuration that are not known here, it could.
func patched(f flow.Flow, s *mesh.Snapshot, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	if !inContext(f, p) {
		return false
	}
	http := f.Payload() == flow.PlainHTTP
	switch p.ApplyTo {
	case networking.EnvoyFilter_HTTP_FILTER:
		return http && listenerPatched(f, p)
	case networking.EnvoyFilter_LISTENER, networking.EnvoyFilter_FILTER_CHAIN, networking.EnvoyFilter_NETWORK_FILTER, networking.EnvoyFilter_LISTENER_FILTER:
		return listenerPatched(f, p)
	case networking.EnvoyFilter_ROUTE_CONFIGURATION, networking.EnvoyFilter_VIRTUAL_HOST, networking.EnvoyFilter_HTTP_ROUTE:
		return http && routesPatched(f, s, p)
	case networking.EnvoyFilter_EXTENSION_CONFIG, networking.EnvoyFilter_BOOTSTRAP:
		return false // takes effect only through something that refers to it
	}
	return false
}

func listenerPatched(f flow.Flow, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	m := p.GetMatch().GetListener()
	port := f.Wire.Port
	if f.At.Role == flow.ClientSidecar {
		port = f.Dial.Port
	}
	if m.GetPortNumber() == 0 || int(m.PortNumber) == port {
		return true
	}
	// A server's one listener takes every port, so that a port in the match does not count against it.
	return f.At.Role == flow.ServerSidecar && p.ApplyTo != networking.EnvoyFilter_LISTENER && m.GetFilterChain().GetDestinationPort() == 0
}

func routesPatched(f flow.Flow, s *mesh.Snapshot, p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	m := p.GetMatch().GetRouteConfiguration()
	if f.At.Role == flow.ServerSidecar {
		return m.GetVhost().GetName() == "" || m.Vhost.Name == "inbound|http|"+strconv.Itoa(f.Wire.Port)
	}
	if f.At.Role != flow.ClientSidecar {
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
	return (m.Vhost.Name == "" || m.Vhost.Name == host.Name+":"+strconv.Itoa(f.Dial.Port)) &&
		(m.Vhost.DomainName == "" || slices.Contains(host.Domains, m.Vhost.DomainName))
}

// plugged tells whether a plugin is in the way of this proxy's traffic, by its direction and ports.
func plugged(f flow.Flow, x precedence.Extension) bool {
	switch {
	case x.WasmPlugin != nil:
		if x.WasmPlugin.Type != extensionsapi.PluginType_NETWORK && f.Payload() != flow.PlainHTTP {
			return false
		}
		return len(x.WasmPlugin.Match) == 0 || slices.ContainsFunc(x.WasmPlugin.Match, func(m *extensionsapi.WasmPlugin_TrafficSelector) bool {
			return selects(f, m.GetMode(), m.GetPorts())
		})
	case x.TrafficExtension != nil:
		return len(x.TrafficExtension.Match) == 0 || slices.ContainsFunc(x.TrafficExtension.Match, func(m *extensionsapi.TrafficSelector) bool {
			return selects(f, m.GetMode(), m.GetPorts())
		})
	}
	return false
}

func selects(f flow.Flow, mode typeapi.WorkloadMode, ports []*typeapi.PortSelector) bool {
	client := f.At.Role != flow.ServerSidecar
	if mode == typeapi.WorkloadMode_CLIENT && !client || mode == typeapi.WorkloadMode_SERVER && client {
		return false
	}
	port := f.Wire.Port
	if f.At.Role == flow.ClientSidecar {
		port = f.Dial.Port
	}
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p *typeapi.PortSelector) bool { return int(p.GetNumber()) == port })
}

// Harmless tells an extension that cannot change an answer: it only watches traffic.
func Harmless(x precedence.Extension) bool {
	return x.EnvoyFilter != nil && !slices.ContainsFunc(x.EnvoyFilter.ConfigPatches, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool { return !harmless(p) })
}
