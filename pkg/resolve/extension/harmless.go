package extension

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Harmless reports whether no answer changes by an extension, whatever passes the proxy: it only watches traffic, or names and limits things.
func Harmless(x precedence.Extension) bool {
	return x.EnvoyFilter != nil && !slices.ContainsFunc(x.EnvoyFilter.ConfigPatches, func(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool { return !harmless(p) })
}

// harmless reports the same of a patch.
func harmless(p *networking.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	v, op := message.Of(p.GetPatch().GetValue()), p.GetPatch().GetOperation()
	merges := op == networking.EnvoyFilter_Patch_MERGE
	light := func(t effect.Fields, m message.Message) bool {
		return merges && !t.Any(m, effect.SlowOnly, effect.Exact, effect.Anything, effect.Refuses)
	}
	typ, config := v.Any("typed_config")
	switch p.GetApplyTo() {
	case networking.EnvoyFilter_BOOTSTRAP, networking.EnvoyFilter_EXTENSION_CONFIG:
		return true
	case networking.EnvoyFilter_HTTP_FILTER:
		inserts := op == networking.EnvoyFilter_Patch_INSERT_BEFORE || op == networking.EnvoyFilter_Patch_INSERT_FIRST
		return inserts && effect.Watches(typ)
	case networking.EnvoyFilter_NETWORK_FILTER:
		return light(effect.ManagerFields, config) && typ == "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
	case networking.EnvoyFilter_LISTENER:
		return light(effect.ListenerFields, v)
	case networking.EnvoyFilter_CLUSTER:
		return light(effect.ClusterFields, v) || op == networking.EnvoyFilter_Patch_ADD
	case networking.EnvoyFilter_ROUTE_CONFIGURATION:
		return light(effect.TableFields, v)
	case networking.EnvoyFilter_VIRTUAL_HOST:
		return light(effect.HostFields, v)
	case networking.EnvoyFilter_HTTP_ROUTE:
		return light(effect.RouteFields, v)
	}
	return false
}
