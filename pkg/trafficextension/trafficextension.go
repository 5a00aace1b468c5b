// Package trafficextension works out which WasmPlugins and TrafficExtensions stand in a chain of a proxy's, where and in which order
// (pilot/pkg/model/extensions.go; pilot/pkg/model/push_context.go, TrafficExtensionsByListenerInfo). Since Istio 1.30 a WasmPlugin is
// translated into a TrafficExtension.
package trafficextension

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	extensions "istio.io/api/extensions/v1alpha1"
	typeapi "istio.io/api/type/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Phase is where an extension stands among Istio's own filters.
type Phase int

// The phases, in the order in which a request comes to them.
const (
	AuthN Phase = iota // before tokens are verified
	AuthZ              // before policies
	Stats              // behind them
	Last               // behind those of Stats; where no phase is given
)

// Failure is what becomes of requests where a module cannot be had, or fails.
type Failure int

// The failures.
const (
	Closed Failure = iota // they are denied
	Open                  // they pass
)

// Extension is a WasmPlugin or a TrafficExtension.
type Extension struct {
	Ref     mesh.Ref
	Created time.Time
	Phase   Phase
	Network bool   // a network filter, else an HTTP filter
	Lua     string // its script; empty for a module of WebAssembly
	URL     string // of the module
	Failure Failure

	priority int64
	match    []selector
}

type selector struct {
	mode  typeapi.WorkloadMode
	ports []*typeapi.PortSelector
}

// unset is the priority of an extension that has none: it comes last, behind negative ones too.
const unset = math.MinInt64

// OfPlugin reads a WasmPlugin; ok is false for one that istiod discards.
func OfPlugin(ref mesh.Ref, created time.Time, p *extensions.WasmPlugin) (e Extension, ok bool) {
	if p.GetUrl() == "" {
		return Extension{}, false
	}
	e = Extension{Ref: ref, Created: created, Phase: phase(int32(p.GetPhase())), Network: p.GetType() == extensions.PluginType_NETWORK, URL: p.GetUrl(), priority: unset}
	if p.GetFailStrategy() == extensions.FailStrategy_FAIL_OPEN {
		e.Failure = Open
	}
	if p.GetPriority() != nil {
		e.priority = int64(p.GetPriority().GetValue())
	}
	for _, m := range p.GetMatch() {
		e.match = append(e.match, selector{m.GetMode(), m.GetPorts()})
	}
	_, err := url.Parse(e.URL)
	return e, err == nil
}

// longest is how long a script may be, in bytes; a TrafficExtension with a longer one is discarded.
const longest = 64 << 10

// OfExtension reads a TrafficExtension, likewise.
func OfExtension(ref mesh.Ref, created time.Time, x *extensions.TrafficExtension) (e Extension, ok bool) {
	e = Extension{Ref: ref, Created: created, Phase: phase(int32(x.GetPhase())), priority: unset}
	if x.GetPriority() != nil {
		e.priority = int64(x.GetPriority().GetValue())
	}
	for _, m := range x.GetMatch() {
		e.match = append(e.match, selector{m.GetMode(), m.GetPorts()})
	}
	switch {
	case x.GetWasm() != nil:
		e.URL, e.Network = x.GetWasm().GetUrl(), x.GetWasm().GetType() == extensions.PluginType_NETWORK
		if x.GetWasm().GetFailStrategy() == extensions.FailStrategy_FAIL_OPEN {
			e.Failure = Open
		}
		_, err := url.Parse(e.URL)
		return e, e.URL != "" && err == nil
	case x.GetLua() != nil:
		e.Lua = x.GetLua().GetInlineCode()
		return e, e.Lua != "" && len(e.Lua) <= longest
	}
	return Extension{}, false
}

// phase reads the enumerations of both kinds, whose numbers are the same.
func phase(n int32) Phase {
	switch extensions.PluginPhase(n) {
	case extensions.PluginPhase_AUTHN:
		return AuthN
	case extensions.PluginPhase_AUTHZ:
		return AuthZ
	case extensions.PluginPhase_STATS:
		return Stats
	}
	return Last
}

// At reports whether the extension stands in a chain: client is true for outbound listeners and gateways. port is the pod's for inbound
// listeners and gateways, the Service's outbound, and 0 at a waypoint, where no port matches.
func (e Extension) At(client bool, port int) bool {
	if len(e.match) == 0 {
		return true
	}
	return slices.ContainsFunc(e.match, func(m selector) bool {
		switch m.mode {
		case typeapi.WorkloadMode_CLIENT:
			if !client {
				return false
			}
		case typeapi.WorkloadMode_SERVER:
			if client {
				return false
			}
		}
		return len(m.ports) == 0 || slices.ContainsFunc(m.ports, func(p *typeapi.PortSelector) bool { return p.GetNumber() != 0 && int(p.GetNumber()) == port })
	})
}

// Sort puts extensions into the order in which requests come to them, within each phase: by priority, the highest first; then those of
// the first of the namespaces, the workload's own, then those of the next, each by age.
func Sort(list []Extension, namespaces ...string) {
	slices.SortStableFunc(list, func(a, b Extension) int {
		return cmp.Or(cmp.Compare(a.Phase, b.Phase), cmp.Compare(b.priority, a.priority), cmp.Compare(slices.Index(namespaces, a.Ref.Namespace), slices.Index(namespaces, b.Ref.Namespace)),
			a.Created.Compare(b.Created), cmp.Compare(a.Ref.Name+"."+a.Ref.Namespace, b.Ref.Name+"."+b.Ref.Namespace))
	})
}

// FilterName is the name of the extension's filter, which EnvoyFilters may look for.
func (e Extension) FilterName(translated bool) string {
	name := e.Ref.Namespace + "." + e.Ref.Name
	switch {
	case e.Ref.Kind != mesh.WasmPlugin:
		return "extensions.istio.io/trafficextension/" + name
	case translated:
		return "extensions.istio.io/trafficextension/" + name + "~istio-translated-wasmplugin"
	}
	return "extensions.istio.io/wasmplugin/" + name
}

// Local reports whether the module is a file of the proxy's own, which the agent does not look after.
func (e Extension) Local() bool { return strings.HasPrefix(e.URL, "file://") }
