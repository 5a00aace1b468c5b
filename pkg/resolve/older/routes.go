package older

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codes of changes of how requests are routed.
const (
	AliasesFollowed     flow.Note = "AliasesFollowed"
	SpecificHostFirst   flow.Note = "SpecificHostFirst"
	HeaderPresent       flow.Note = "HeaderPresent"
	WildcardHosts       flow.Note = "WildcardHosts"
	HostsApart          flow.Note = "HostsApart"
	RegexTakesAll       flow.Note = "RegexTakesAll"
	PreflightsForwarded flow.Note = "PreflightsForwarded"
	HostsOfOneName      flow.Note = "HostsOfOneName"
	AppProtocols        flow.Note = "AppProtocols"
)

var ofRoutes = []change{
	// Row 2: a Service of type ExternalName was a service of its own, without mutual TLS (ENABLE_EXTERNAL_NAME_ALIAS).
	{code: AliasesFollowed, since: release.Since{{Major: 1, Minor: 21}}, flag: "ENABLE_EXTERNAL_NAME_ALIAS", bears: alias, old: []flow.Outcome{reaches, fails}},
	// Row 9: of VirtualServices whose hosts overlap the oldest had the host
	// (PERSIST_OLDEST_FIRST_HEURISTIC_FOR_VIRTUAL_SERVICE_HOST_MATCHING).
	{code: SpecificHostFirst, since: release.Since{{Major: 1, Minor: 18, Patch: 7}, {Major: 1, Minor: 19, Patch: 6}, {Major: 1, Minor: 20, Patch: 2}, {Major: 1, Minor: 21}},
		bears: lessSpecific, old: []flow.Outcome{reaches, fails, missing}},
	// Row 26: a match that asks for a header to be present was broken.
	{code: HeaderPresent, since: release.Since{{Major: 1, Minor: 18, Patch: 6}, {Major: 1, Minor: 19, Patch: 4}, {Major: 1, Minor: 20, Patch: 1}, {Major: 1, Minor: 21}},
		bears: presence, old: []flow.Outcome{reaches, missing}},
	// Row 27: VirtualServices for wildcards that nobody has were ignored.
	{code: WildcardHosts, since: release.Since{{Major: 1, Minor: 19, Patch: 8}, {Major: 1, Minor: 20, Patch: 4}, {Major: 1, Minor: 21}}, from: release.Since{{Major: 1, Minor: 19, Patch: 6}, {Major: 1, Minor: 20, Patch: 2}},
		bears: wildcard, old: []flow.Outcome{reaches, {Kind: flow.Answered, Status: 502}}},
	// Row 28: routes of several hosts of one VirtualService got mixed on gateways.
	{code: HostsApart, since: release.Since{{Major: 1, Minor: 22}}, bears: severalHosts, old: []flow.Outcome{reaches, missing}},
	// Row 29: uri.regex .* did not count as a match of everything.
	{code: RegexTakesAll, since: release.Since{{Major: 1, Minor: 19, Patch: 8}, {Major: 1, Minor: 20, Patch: 4}, {Major: 1, Minor: 21}}, bears: regexForAll, old: []flow.Outcome{reaches, missing}},
	// Row 30: proxies of 1.22 answered preflights that were not allowed.
	{code: PreflightsForwarded, since: release.Since{{Major: 1, Minor: 23}}, from: release.Since{{Major: 1, Minor: 22}}, proxy: true, bears: preflight, old: []flow.Outcome{{Kind: flow.Answered, Status: 200}}},
	// Row 16: of several namespaces that have a host name any was taken (PILOT_UNIFIED_SIDECAR_SCOPE).
	{code: HostsOfOneName, since: release.Since{{Major: 1, Minor: 24}}, flag: "PILOT_UNIFIED_SIDECAR_SCOPE", bears: nameTwice, old: []flow.Outcome{reaches, fails}},
	// Row 35: appProtocol kubernetes.io/h2c, ws and wss were unknown, so that the bytes were looked at.
	{code: AppProtocols, since: release.Since{{Major: 1, Minor: 19}}, bears: appProtocol, old: []flow.Outcome{reaches, closed, fails}},
}

// alias is the ExternalName Service that the request, or its route, names.
func alias(p place) mesh.Ref {
	if p.Party.Role == flow.Caller {
		return mesh.Ref{}
	}
	named := func(name string) mesh.Ref {
		full := strings.ToLower(name)
		if svc, ns, ok := strings.Cut(full, "."); !ok {
			full = mesh.ServiceHost(svc, p.Flow.Namespace())
		} else if !strings.Contains(ns, ".") {
			full = mesh.ServiceHost(svc, ns)
		}
		for _, h := range p.s.HostsNamed(full) {
			if h.Resolution == mesh.Alias {
				return h.Ref
			}
		}
		return mesh.Ref{}
	}
	if r := named(p.Flow.Request.Host); !r.IsZero() {
		return r
	}
	if c := p.Left.Route; c != nil && c.Route != nil {
		for _, d := range c.Route.HTTP.GetRoute() {
			if r := named(d.GetDestination().GetHost()); !r.IsZero() {
				return r
			}
		}
	}
	return mesh.Ref{}
}

// lessSpecific is a VirtualService that lost its host to one with a more specific one, and is older.
func lessSpecific(p place) mesh.Ref {
	if p.Left.VHost == nil || p.Left.VHost.VS == nil || p.Party.Role != flow.ClientSidecar {
		return mesh.Ref{}
	}
	for i := range p.Results {
		for _, c := range p.Results[i].Candidates {
			if c.Why == precedence.LessSpecific && c.Ref.Kind == mesh.VirtualService && !c.Applies {
				return c.Ref
			}
		}
	}
	return mesh.Ref{}
}

func presence(p place) mesh.Ref {
	return p.compared(func(field, _ string, want []string) bool {
		return strings.Contains(field, "eaders[") && len(want) == 1 && want[0] == "*"
	}, "route")
}

func wildcard(p place) mesh.Ref {
	v := p.Left.VHost
	if v == nil || v.VS == nil || v.Host != nil || !mesh.IsWild(v.Name) || p.Party.Role != flow.ClientSidecar {
		return mesh.Ref{}
	}
	return v.VS.Ref
}

// severalHosts is a VirtualService of a gateway with several hosts, one of which another VirtualService has too.
func severalHosts(p place) mesh.Ref {
	if p.Left.Gateway == nil || p.Left.VHost == nil || p.Left.Table == nil {
		return mesh.Ref{}
	}
	var several mesh.Ref
	objects := map[mesh.Ref]bool{}
	for i := range p.Left.VHost.Routes {
		v := p.Left.VHost.Routes[i].VS
		objects[v.Ref] = true
		if len(v.Hosts) > 1 {
			several = v.Ref
		}
	}
	if len(objects) < 2 {
		return mesh.Ref{}
	}
	return several
}

func regexForAll(p place) mesh.Ref {
	c := p.Left.Route
	if c == nil || c.Route == nil || p.Left.VHost == nil {
		return mesh.Ref{}
	}
	for i := range p.Left.VHost.Routes {
		if r := &p.Left.VHost.Routes[i]; r.Match.GetUri().GetRegex() == ".*" {
			return r.Ref
		}
	}
	return mesh.Ref{}
}

func preflight(p place) mesh.Ref {
	c := p.Left.Route
	if c == nil || c.Route == nil || c.Route.HTTP.GetCorsPolicy() == nil || !envoy.Preflight(p.Flow.Message.Method, p.Flow.Message.Headers) {
		return mesh.Ref{}
	}
	for i := range p.Results {
		if r := &p.Results[i]; r.Stage == "cors" && len(r.Next) > 0 {
			return r.Resource
		}
	}
	return mesh.Ref{}
}

func nameTwice(p place) mesh.Ref {
	c := p.cluster()
	if c == nil {
		return mesh.Ref{}
	}
	for _, h := range p.s.HostsNamed(c.Host.Name) {
		if h.Namespace != c.Host.Namespace {
			return h.Ref
		}
	}
	return mesh.Ref{}
}

func appProtocol(p place) mesh.Ref {
	c := p.cluster()
	if c == nil || c.Host.Service == nil {
		return mesh.Ref{}
	}
	for _, port := range c.Host.Service.Spec.Ports {
		if a := port.AppProtocol; a != nil && int(port.Port) == c.Port.Number {
			switch *a {
			case "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss":
				return c.Host.Ref.At("spec.ports")
			}
		}
	}
	return mesh.Ref{}
}
