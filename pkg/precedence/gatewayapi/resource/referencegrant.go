package resource

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
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
		if permits(grant, precedence.GroupKind{Group: api.Group, Kind: api.Name()}, fromNamespace, to, name) {
			return true
		}
	}
	c.Unread(gaps)
	return len(gaps) > 0
}

func permits(grant *gatewayv1.ReferenceGrant, from precedence.GroupKind, fromNamespace string, to precedence.GroupKind, name string) bool {
	for _, f := range grant.Spec.From {
		if (precedence.GroupKind{Group: string(f.Group), Kind: string(f.Kind)}) != from || string(f.Namespace) != fromNamespace {
			continue
		}
		for _, t := range grant.Spec.To {
			if (precedence.GroupKind{Group: string(t.Group), Kind: string(t.Kind)}) == to && (t.Name == nil || string(*t.Name) == name) {
				return true
			}
		}
	}
	return false
}

// GatewayGroup is the API group of the Gateway API's own kinds.
const GatewayGroup = gatewayv1.GroupName
