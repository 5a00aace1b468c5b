package resource

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Granted reports whether a ReferenceGrant lets objects of a kind and namespace refer to an object of another namespace. It must stand
// in that other namespace (pilot/pkg/config/kube/gatewaycommon/references.go). Where grants could not be read, one is taken to exist.
func (c *Context) Granted(from mesh.Kind, fromNamespace string, to precedence.GroupKind, namespace, name string) bool {
	switch to {
	case precedence.ServiceKind, precedence.SecretKind, precedence.ConfigMapKind:
	default:
		return false // what Istio knows no grants for
	}
	api, _ := mesh.APIOf(from)
	grants, gaps := c.Snapshot.ReferenceGrants.In(namespace)
	for _, grant := range grants {
		if permits(grant, precedence.GroupKind{Group: api.Group, Kind: api.Name()}, fromNamespace, to, name, c.lastGrantCounts()) {
			return true
		}
	}
	c.Unread(gaps)
	return len(gaps) > 0
}

// permits reports whether a grant has an entry for both sides. Where only the last entry of a kind counts, those before it are passed over.
func permits(grant *gatewayv1.ReferenceGrant, from precedence.GroupKind, fromNamespace string, to precedence.GroupKind, name string, lastOfKind bool) bool {
	for _, f := range grant.Spec.From {
		if (precedence.GroupKind{Group: string(f.Group), Kind: string(f.Kind)}) != from || string(f.Namespace) != fromNamespace {
			continue
		}
		for i, t := range grant.Spec.To {
			if lastOfKind && overwritten(grant.Spec.To[i+1:], to) {
				continue
			}
			if (precedence.GroupKind{Group: string(t.Group), Kind: string(t.Kind)}) == to && (t.Name == nil || string(*t.Name) == name) {
				return true
			}
		}
	}
	return false
}

// overwritten reports whether one of the entries is of a kind.
func overwritten(later []gatewayv1.ReferenceGrantTo, kind precedence.GroupKind) bool {
	return slices.ContainsFunc(later, func(t gatewayv1.ReferenceGrantTo) bool {
		return (precedence.GroupKind{Group: string(t.Group), Kind: string(t.Kind)}) == kind
	})
}

// lastGrantCounts reports whether istiod keeps one entry of each kind alone: from 1.26 to 1.29 the key of an entry had no name
// (pilot/pkg/config/kube/gateway/references_collection.go).
func (c *Context) lastGrantCounts() bool {
	v := c.Snapshot.Version.Istiod
	return !v.Before(release.Release{Major: 1, Minor: 26}) && !v.Has(release.GrantsByName)
}

// GatewayGroup is the API group of the Gateway API's own kinds.
const GatewayGroup = gatewayv1.GroupName
