package rules

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// destination makes a destination of a backend. One that does not exist or may not be referred to becomes a destination without a
// host, which answers 500 for its share; a fault in the reference itself voids the route (pilot/pkg/config/kube/gateway/conversion.go,
// buildDestination, isInvalidBackend). ReferenceGrants are asked for by gateways only.
func (c Conversion) destination(to gatewayv1.BackendObjectReference, field string) (*networking.Destination, *resource.Refusal) {
	own := c.Route.Ref.Namespace
	ns := string(ptr.Deref(to.Namespace, gatewayv1.Namespace(own)))
	kind := precedence.GroupKindOf(to.Group, to.Kind, precedence.ServiceKind)
	backend := mesh.Ref{Kind: mesh.Kind(kind.Kind), Namespace: ns, Name: string(to.Name)}
	invalid := func(why precedence.LossReason) (*networking.Destination, *resource.Refusal) {
		c.Report(c.at(field), why, backend)
		return &networking.Destination{}, nil
	}
	if !c.Mesh && ns != own && !c.Granted(c.Route.Ref.Kind, own, kind, ns, string(to.Name)) {
		return invalid(precedence.RefNotPermitted)
	}
	host, found := "", false
	switch kind {
	case precedence.ServiceKind, precedence.GroupKind{Group: "multicluster.x-k8s.io", Kind: "ServiceImport"}:
		if strings.Contains(string(to.Name), ".") && kind == precedence.ServiceKind {
			return nil, &resource.Refusal{Why: precedence.InvalidDestination, Field: "name"}
		}
		var gaps []mesh.Gap
		host = mesh.ServiceHost(string(to.Name), ns)
		_, found, gaps = c.Snapshot.Services.Get(ns, string(to.Name))
		found = found || len(gaps) > 0 // what could not be read may exist
	case precedence.GroupKind{Group: "networking.istio.io", Kind: "Hostname"}:
		if to.Namespace != nil {
			return nil, &resource.Refusal{Why: precedence.InvalidDestination, Field: "namespace"}
		}
		host = string(to.Name)
		found = c.knows(host)
	default:
		return invalid(precedence.InvalidKind) // InferencePools and XBackends too, which Istio takes only where they are switched on
	}
	if to.Port == nil {
		return nil, &resource.Refusal{Why: precedence.InvalidDestination, Field: "port"}
	}
	if !found {
		c.Report(c.at(field), precedence.BackendNotFound, backend)
		if len(c.Snapshot.HostsNamed(host)) == 0 {
			host = "" // unless something else of the mesh bears the name
		}
	}
	if host == "" {
		return &networking.Destination{}, nil
	}
	return &networking.Destination{Host: host, Port: &networking.PortSelector{Number: uint32(*to.Port)}}, nil
}

// knows reports whether the route's namespace has a host of that name.
func (c Conversion) knows(host string) bool {
	if len(c.Snapshot.ServiceEntries.Gaps(c.Route.Ref.Namespace)) > 0 {
		return true
	}
	return slices.ContainsFunc(c.Snapshot.HostsNamed(host), func(h *mesh.Host) bool { return h.Namespace == c.Route.Ref.Namespace })
}

// weightedRef is a backend that receives requests, and its place among the rule's.
type weightedRef struct {
	gatewayv1.BackendObjectReference
	index  int
	weight int32
}

// weighted leaves out the backends of weight 0. A single one left needs no weight.
func weighted[T any](refs []T, of func(T) gatewayv1.BackendRef) []weightedRef {
	var out []weightedRef
	for i, r := range refs {
		b := of(r)
		if w := ptr.Deref(b.Weight, 1); w != 0 {
			out = append(out, weightedRef{b.BackendObjectReference, i, w})
		}
	}
	if len(out) == 1 {
		out[0].weight = 0
	}
	return out
}
