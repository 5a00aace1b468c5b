package envoyfilter

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Context is the part of a proxy that a piece of configuration belongs to.
type Context = networking.EnvoyFilter_PatchContext

// The contexts. A waypoint's listeners are of the first two, a gateway's of the third.
const (
	Inbound  = networking.EnvoyFilter_SIDECAR_INBOUND
	Outbound = networking.EnvoyFilter_SIDECAR_OUTBOUND
	Gateway  = networking.EnvoyFilter_GATEWAY
)

// Object is an EnvoyFilter that is attached to a proxy.
type Object struct {
	Ref     mesh.Ref
	Created time.Time
	Spec    *networking.EnvoyFilter
}

// Patch is a patch that applies to a proxy.
type Patch struct {
	Ref     mesh.Ref // the entry of spec.configPatches
	Created time.Time
	Op      networking.EnvoyFilter_Patch_Operation
	Value   message.Message
	// Sure is Unknown where the patch is for some versions of proxies and this proxy's is not known.
	Sure evidence.Tri

	applyTo networking.EnvoyFilter_ApplyTo
	match   *networking.EnvoyFilter_EnvoyConfigObjectMatch
	names   func(string) string // the present name of a filter that the match names
}

// Patches are those that apply to a proxy, in the order in which istiod applies them.
type Patches struct {
	of   map[networking.EnvoyFilter_ApplyTo][]*Patch
	Lost []Lost
}

// Lost is a patch that does nothing, whatever passes the proxy.
type Lost struct {
	Ref mesh.Ref
	Why Loss
}

// Loss is why a patch does nothing.
type Loss string

// The reasons.
const (
	OtherVersion  Loss = "OtherVersion"  // match.proxy.proxyVersion does not fit the proxy
	OtherMetadata Loss = "OtherMetadata" // match.proxy.metadata does not
	OldType       Loss = "OldType"       // istiod cannot build the value: its type is of an API that is gone, or of none
	OldName       Loss = "OldName"       // it looks for a filter by a name that none has had since Istio 1.19
	NoPatch       Loss = "NoPatch"       // there is no patch, or nothing that it is applied to
)

// Sort puts objects into istiod's order: by priority, those of the root namespace first among equals, then by age, then by name.
// (pilot/pkg/model/push_context.go, EnvoyFilters)
func Sort(objects []Object, root string) {
	slices.SortStableFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Spec.GetPriority(), b.Spec.GetPriority()), rootFirst(a.Ref.Namespace, b.Ref.Namespace, root), a.Created.Compare(b.Created),
			cmp.Compare(a.Ref.Name+"."+a.Ref.Namespace, b.Ref.Name+"."+b.Ref.Namespace))
	})
}

func rootFirst(a, b, root string) int {
	switch {
	case a == b:
		return 0
	case a == root:
		return -1
	case b == root:
		return 1
	}
	return 0
}

// For returns the patches of EnvoyFilters that are attached to a proxy.
func For(objects []Object, root string, p Proxy) Patches {
	objects = slices.Clone(objects)
	Sort(objects, root)
	out := Patches{of: map[networking.EnvoyFilter_ApplyTo][]*Patch{}}
	for _, o := range objects {
		for i, cp := range o.Spec.GetConfigPatches() {
			ref := o.Ref.At("spec.configPatches[" + strconv.Itoa(i) + "]")
			x := &Patch{Ref: ref, Created: o.Created, Op: cp.GetPatch().GetOperation(), Value: message.Of(cp.GetPatch().GetValue()), applyTo: cp.GetApplyTo(), match: cp.GetMatch()}
			why := p.leaves(cp)
			x.Sure = p.fits(cp.GetMatch().GetProxy())
			if cp.GetMatch().GetListener().GetFilterChain().GetTransportSocket() != "" {
				x.Sure = evidence.And(x.Sure, evidence.Unknown) // Istio 1.32; older ones match without it
			}
			switch {
			case why != "":
			case x.Sure == evidence.False:
				why = OtherVersion
				if p.metadata(cp.GetMatch().GetProxy()) == evidence.False {
					why = OtherMetadata
				}
			case buildFails(x):
				why = OldType
			case !p.TranslatesNames && oldName(cp.GetMatch()):
				why = OldName
			}
			if why != "" {
				out.Lost = append(out.Lost, Lost{ref, why})
				continue
			}
			x.Op = operation(x.applyTo, x.Op)
			x.names = p.name
			out.of[x.applyTo] = append(out.of[x.applyTo], x)
		}
	}
	return out
}

// Empty reports whether there is nothing to apply.
func (ps Patches) Empty() bool { return len(ps.of) == 0 }

// All returns the patches for a kind of configuration, in order.
func (ps Patches) All(to networking.EnvoyFilter_ApplyTo) []*Patch { return ps.of[to] }

// Without returns the patches but for those of one EnvoyFilter.
func (ps Patches) Without(filter mesh.Ref) Patches {
	out := Patches{of: map[networking.EnvoyFilter_ApplyTo][]*Patch{}, Lost: ps.Lost}
	for to, list := range ps.of {
		if kept := slices.DeleteFunc(slices.Clone(list), func(p *Patch) bool { return p.Ref.Object() == filter }); len(kept) > 0 {
			out.of[to] = kept
		}
	}
	return out
}

// operation is the operation that istiod makes of one that the kind of configuration does not know (convertToEnvoyFilterWrapper).
func operation(to networking.EnvoyFilter_ApplyTo, op networking.EnvoyFilter_Patch_Operation) networking.EnvoyFilter_Patch_Operation {
	switch to {
	case networking.EnvoyFilter_HTTP_FILTER, networking.EnvoyFilter_NETWORK_FILTER, networking.EnvoyFilter_HTTP_ROUTE, networking.EnvoyFilter_LISTENER_FILTER:
		return op
	}
	switch op {
	case networking.EnvoyFilter_Patch_INSERT_AFTER, networking.EnvoyFilter_Patch_INSERT_BEFORE, networking.EnvoyFilter_Patch_INSERT_FIRST:
		return networking.EnvoyFilter_Patch_ADD
	}
	return op
}

// merges reports whether a patch merges its value.
func (p *Patch) merges() bool {
	return p.Op == networking.EnvoyFilter_Patch_MERGE || p.Op == networking.EnvoyFilter_Patch_MERGE_AND_REPLACE_LIST
}

// into merges the patch's value into a message.
func (p *Patch) into(base message.Message) message.Message {
	if p.Op == networking.EnvoyFilter_Patch_MERGE_AND_REPLACE_LIST {
		return message.MergeReplacingLists(base, p.Value)
	}
	return message.Merge(base, p.Value)
}

// In reports whether a patch is for a context.
func (p *Patch) In(c Context) bool {
	return p.match.GetContext() == c || p.match.GetContext() == networking.EnvoyFilter_ANY
}
