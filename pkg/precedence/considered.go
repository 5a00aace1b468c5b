package precedence

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Why tells how an object fared in a selection. The words are codes of the catalogue.
type Why string

// How objects fare.
const (
	Applies          Why = "Applies"
	Inherits         Why = "Inherits"         // applies, but leaves the question to the next level
	OtherWorkload    Why = "OtherWorkload"    // its selector does not fit the pod's labels
	RootSelector     Why = "RootSelector"     // a selector in the root namespace: never effective
	NarrowerWins     Why = "NarrowerWins"     // a narrower level decides
	OlderWins        Why = "OlderWins"        // an older object of the same level decides
	OtherPort        Why = "OtherPort"        // its port entries name other ports
	OtherHost        Why = "OtherHost"        // its host is not this one
	ShortHost        Why = "ShortHost"        // its host has a dot but is no full name, so it is taken verbatim
	LessSpecific     Why = "LessSpecific"     // a more specific host decides
	NotExported      Why = "NotExported"      // exportTo hides it from here
	ClientFirst      Why = "ClientFirst"      // the client's namespace comes first
	ServiceFirst     Why = "ServiceFirst"     // the service's namespace comes before the root namespace
	ThirdNamespace   Why = "ThirdNamespace"   // neither the client's, nor the service's, nor the root namespace
	Merged           Why = "Merged"           // merged with another object of the same host
	PolicyDropped    Why = "PolicyDropped"    // merged, but its trafficPolicy is dropped as an older one has one
	SubsetsTaken     Why = "SubsetsTaken"     // merged, but an older object has all of its subsets
	Swallowed        Why = "Swallowed"        // merged into a rule with a workloadSelector, and lost as one of its own
	Superseded       Why = "Superseded"       // the last of the rules that cannot be merged counts
	HiddenByExport   Why = "HiddenByExport"   // a more specific host that is exported elsewhere hides it
	OtherRevision    Why = "OtherRevision"    // labelled for another control plane
	NotBound         Why = "NotBound"         // not bound to this gateway, or to the mesh
	NotImported      Why = "NotImported"      // the Sidecar does not import it
	HostTaken        Why = "HostTaken"        // another VirtualService has the host already
	NoHTTPRoute      Why = "NoHTTPRoute"      // it has no route for this protocol, port and client
	Delegate         Why = "Delegate"         // acts only through the VirtualService that delegates to it
	TargetRefs       Why = "TargetRefs"       // targetRefs attach it elsewhere
	OtherNamespace   Why = "OtherNamespace"   // acts in its own namespace only
	DryRun           Why = "DryRun"           // logged, never enforced
	NotSelected      Why = "NotSelected"      // the Gateway's selector does not fit the pod
	PortConflict     Why = "PortConflict"     // another server has the port
	HostConflict     Why = "HostConflict"     // another server has one of its hosts
	PortNotServed    Why = "PortNotServed"    // the pod cannot open the port
	ServerUnrouted   Why = "ServerUnrouted"   // istiod of this release makes no routes for its server
	OtherAddress     Why = "OtherAddress"     // bound to another address than the pod's
	LevelOfRootOnly  Why = "LevelOfRootOnly"  // a pod of the root namespace has only the mesh level
	PortLevelIgnored Why = "PortLevelIgnored" // port entries need a selector
)

// Considered is an object that took part in a selection.
type Considered struct {
	Ref     mesh.Ref
	Applies bool // has a part in the outcome of the selection
	Why     Why
	By      mesh.Ref // the object that beats it, where there is one
}

// Considerations are what a selection looked at, and what it could not look at.
type Considerations struct {
	List []Considered
	Gaps []mesh.Gap
}

// Wins is a candidate that applies.
func Wins(r mesh.Ref) Considered { return Considered{Ref: r, Applies: true, Why: Applies} }

// Loses is a candidate that does not apply.
func Loses(r mesh.Ref, why Why, by ...mesh.Ref) Considered {
	c := Considered{Ref: r, Why: why}
	if len(by) > 0 {
		c.By = by[0]
	}
	return c
}

// Exports is a set of exportTo values.
type Exports []string

// ExportSet returns values of exportTo sorted, each once.
func ExportSet(values []string) Exports {
	set := Exports(slices.Clone(values))
	slices.Sort(set)
	return slices.Compact(set)
}

// Has reports whether the set holds a value as it is written.
func (e Exports) Has(v string) bool { return slices.Contains(e, v) }

func (e Exports) equal(o Exports) bool { return slices.Equal(e, o) }

func (e Exports) superset(o Exports) bool {
	return !slices.ContainsFunc(o, func(v string) bool { return !e.Has(v) })
}

// ServiceVisible reports whether a host is visible to proxies of a namespace (pilot/pkg/model/push_context.go, initServiceRegistry).
func ServiceVisible(s *mesh.Snapshot, h *mesh.Host, namespace string) bool {
	e := h.ExportTo
	if len(e) == 0 {
		if e = s.Config.Proto.GetDefaultServiceExportTo(); e == nil {
			return true
		}
	}
	if len(h.ExportTo) == 0 {
		e = DefaultExports(s, e)
	}
	return visible(ExportSet(e), h.Namespace, namespace)
}

// DefaultExports are the mesh's default values of exportTo as istiod reads them: before 1.30.3 the names of namespaces had no effect, and
// a list of nothing else let nobody see (pilot/pkg/model/push_context.go, initDefaultExportMaps).
func DefaultExports(s *mesh.Snapshot, values []string) []string {
	if s.Version.Istiod.Has(release.DefaultExportToNames) {
		return values
	}
	symbols := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v != "*" && v != "." && v != "~" })
	if len(symbols) == 0 && len(values) > 0 {
		return []string{"~"}
	}
	return symbols
}

// visible: "*" anywhere means everybody, else "~" anywhere nobody; "." is the owner's namespace.
func visible(e Exports, owner, viewer string) bool {
	switch {
	case e.Has("*"):
		return true
	case e.Has("~"):
		return false
	}
	return e.Has(viewer) || e.Has(".") && owner == viewer
}
