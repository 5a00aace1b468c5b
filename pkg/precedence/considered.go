package precedence

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// LossReason is why an object does not act where it was considered, or Applies and its kin where it does. The words are codes of the
// catalogue.
type LossReason string

// How objects fare.
const (
	Applies          LossReason = "Applies"
	Inherits         LossReason = "Inherits"         // applies, but leaves the question to the next level
	OtherWorkload    LossReason = "OtherWorkload"    // its selector does not fit the pod's labels
	RootSelector     LossReason = "RootSelector"     // a selector in the root namespace: never effective
	NarrowerWins     LossReason = "NarrowerWins"     // a narrower level decides
	OlderWins        LossReason = "OlderWins"        // an older object of the same level decides
	OtherPort        LossReason = "OtherPort"        // its port entries name other ports
	OtherHost        LossReason = "OtherHost"        // its host is not this one
	ShortHost        LossReason = "ShortHost"        // its host has a dot but is no full name, so it is taken verbatim
	LessSpecific     LossReason = "LessSpecific"     // a more specific host decides
	NotExported      LossReason = "NotExported"      // exportTo hides it from here
	ClientFirst      LossReason = "ClientFirst"      // the client's namespace comes first
	ServiceFirst     LossReason = "ServiceFirst"     // the service's namespace comes before the root namespace
	ThirdNamespace   LossReason = "ThirdNamespace"   // neither the client's, nor the service's, nor the root namespace
	Merged           LossReason = "Merged"           // merged with another object of the same host
	PolicyDropped    LossReason = "PolicyDropped"    // merged, but its trafficPolicy is dropped as an older one has one
	SubsetsTaken     LossReason = "SubsetsTaken"     // merged, but an older object has all of its subsets
	Swallowed        LossReason = "Swallowed"        // merged into a rule with a workloadSelector, and lost as one of its own
	Superseded       LossReason = "Superseded"       // the last of the rules that cannot be merged counts
	HiddenByExport   LossReason = "HiddenByExport"   // a more specific host that is exported elsewhere hides it
	OtherRevision    LossReason = "OtherRevision"    // labelled for another control plane
	NotBound         LossReason = "NotBound"         // not bound to this gateway, or to the mesh
	NotImported      LossReason = "NotImported"      // the Sidecar does not import it
	HostTaken        LossReason = "HostTaken"        // another VirtualService has the host already
	NoHTTPRoute      LossReason = "NoHTTPRoute"      // it has no route for this protocol, port and client
	Delegate         LossReason = "Delegate"         // acts only through the VirtualService that delegates to it
	TargetRefs       LossReason = "TargetRefs"       // targetRefs attach it elsewhere
	OtherNamespace   LossReason = "OtherNamespace"   // acts in its own namespace only
	DryRun           LossReason = "DryRun"           // logged, never enforced
	NotSelected      LossReason = "NotSelected"      // the Gateway's selector does not fit the pod
	PortConflict     LossReason = "PortConflict"     // another server has the port
	HostConflict     LossReason = "HostConflict"     // another server has one of its hosts
	PortNotServed    LossReason = "PortNotServed"    // the pod cannot open the port
	ServerUnrouted   LossReason = "ServerUnrouted"   // istiod of this release makes no routes for its server
	OtherAddress     LossReason = "OtherAddress"     // bound to another address than the pod's
	LevelOfRootOnly  LossReason = "LevelOfRootOnly"  // a pod of the root namespace has only the mesh level
	PortLevelIgnored LossReason = "PortLevelIgnored" // port entries need a selector
)

// Considered is an object that took part in a selection.
type Considered struct {
	Ref     mesh.Ref
	Applies bool // has a part in the outcome of the selection
	Why     LossReason
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
func Loses(r mesh.Ref, why LossReason, by ...mesh.Ref) Considered {
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
