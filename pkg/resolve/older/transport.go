package older

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codes of changes of how proxies send.
const (
	ServerNameSent       flow.Note = "ServerNameSent"
	ServerNameRewritten  flow.Note = "ServerNameRewritten"
	MetadataCertificates flow.Note = "MetadataCertificates"
	RulesMergedByExport  flow.Note = "RulesMergedByExport"
	ExportsToOthers      flow.Note = "ExportsToOthers"
	SelectorsFirst       flow.Note = "SelectorsFirst"
	WaypointsByLabel     flow.Note = "WaypointsByLabel"
)

var ofTransport = []change{
	// Row 19: TLS that names no server had no SNI (ENABLE_AUTO_SNI).
	{code: ServerNameSent, since: release.Since{{Major: 1, Minor: 21}}, flag: "ENABLE_AUTO_SNI", bears: tlsWithoutName, old: []flow.Outcome{fails}},
	// Row 20: it was that of the host before the route changed it (Envoy before 1.32).
	{code: ServerNameRewritten, since: release.Since{{Major: 1, Minor: 24}}, proxy: true, bears: tlsAfterRewrite, old: []flow.Outcome{fails}},
	// Row 49: certificates of the proxy's metadata took the place of the rule's TLS (PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES).
	{code: MetadataCertificates, since: release.Since{{Major: 1, Minor: 24}}, flag: "PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES", bears: metadataCertificate, old: []flow.Outcome{reaches, fails}},
	// Row 11: rules of one host were merged whatever their exportTo (pilot/pkg/model/destination_rule.go, ENABLE_ENHANCED_DESTINATIONRULE_MERGE).
	{code: RulesMergedByExport, since: release.Since{{Major: 1, Minor: 24}}, flag: "ENABLE_ENHANCED_DESTINATIONRULE_MERGE", bears: siblings(exportsDiffer), old: []flow.Outcome{reaches, fails}},
	// Row 33: an exportTo with the rule's own namespace by name was for that one alone.
	{code: ExportsToOthers, since: release.Since{{Major: 1, Minor: 20, Patch: 2}, {Major: 1, Minor: 21}}, bears: namesItself, old: []flow.Outcome{reaches, fails}},
	// Row 34: of rules with a workloadSelector and without, age decided.
	{code: SelectorsFirst, since: release.Since{{Major: 1, Minor: 22}}, bears: siblings(selectorsDiffer), old: []flow.Outcome{reaches, fails}},
	// Row 17: waypoints were bound by an annotation of theirs, and pods captured by their namespace alone.
	{code: WaypointsByLabel, since: release.Since{{Major: 1, Minor: 22}}, bears: ambient, old: []flow.Outcome{reaches, denied, fails, closed}},
}

// originates reports whether the proxy opens TLS of its own to a server.
func (p place) originates() bool {
	t := p.Left.Wire.Transport
	return p.cluster() != nil && p.Left.Wire.Proxied && (t == flow.OneWayTLS || t == flow.MutualTLS)
}

func tlsWithoutName(p place) mesh.Ref {
	if !p.originates() || p.Left.Wire.SNI != "" {
		return mesh.Ref{}
	}
	return p.Left.Wire.Chosen
}

func tlsAfterRewrite(p place) mesh.Ref {
	if tlsWithoutName(p).IsZero() || p.Left.Message.Authority == p.Flow.Message.Authority {
		return mesh.Ref{}
	}
	return p.Left.Wire.Chosen
}

func metadataCertificate(p place) mesh.Ref {
	c := p.cluster()
	if c == nil || !c.Host.External || p.Flow.Pod == nil {
		return mesh.Ref{}
	}
	if v, _ := flow.NodeMetadata(p.s, p.Flow.Pod, "TLS_CLIENT_CERT_CHAIN"); v == "" {
		return mesh.Ref{}
	}
	return mesh.PodRef(p.Flow.Pod)
}

// siblings is a rule for the cluster's host beside which another stands, of the same namespace and host, that differs in some way.
func siblings(differ func(a, b *precedence.Declared) bool) func(place) mesh.Ref {
	return func(p place) mesh.Ref {
		c := p.cluster()
		if c == nil {
			return mesh.Ref{}
		}
		rules := precedence.RulesFor(p.s, c.Host)
		for i, a := range rules {
			for _, b := range rules[i+1:] {
				if a.Namespace == b.Namespace && a.Host == b.Host && differ(&a, &b) {
					return a.Ref
				}
			}
		}
		return mesh.Ref{}
	}
}

func exportsDiffer(a, b *precedence.Declared) bool {
	x, y := slices.Sorted(slices.Values(a.ExportTo)), slices.Sorted(slices.Values(b.ExportTo))
	return !slices.Equal(x, y)
}

func selectorsDiffer(a, b *precedence.Declared) bool { return a.Selects != b.Selects }

func namesItself(p place) mesh.Ref {
	if c := p.cluster(); c != nil {
		for _, d := range precedence.RulesFor(p.s, c.Host) {
			if len(d.ExportTo) > 1 && slices.Contains(d.ExportTo, d.Namespace) {
				return d.Ref.At("spec.exportTo")
			}
		}
	}
	return mesh.Ref{}
}

func ambient(p place) mesh.Ref {
	if p.Party.Role == flow.Waypoint || p.Party.Role == flow.Ztunnel {
		if p.Flow.Pod != nil {
			return mesh.PodRef(p.Flow.Pod)
		}
	}
	return mesh.Ref{}
}
