package precedence

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// granted tells whether a ReferenceGrant lets objects of a kind and namespace refer to an object of another namespace. It must stand
// in that other namespace (pilot/pkg/config/kube/gatewaycommon/references.go). Where grants could not be read, one is taken to exist.
func (g *gatewayAPI) granted(from mesh.Kind, fromNamespace string, to groupKind, namespace, name string) bool {
	switch to {
	case serviceKind, secretKind, configMapKind:
	default:
		return false // what Istio knows no grants for
	}
	api, _ := mesh.APIOf(from)
	grants, gaps := g.s.ReferenceGrants.In(namespace)
	for _, grant := range grants {
		if permits(grant, groupKind{api.Group, api.Name()}, fromNamespace, to, name) {
			return true
		}
	}
	g.unread(gaps)
	return len(gaps) > 0
}

func permits(grant *gatewayv1.ReferenceGrant, from groupKind, fromNamespace string, to groupKind, name string) bool {
	for _, f := range grant.Spec.From {
		if (groupKind{string(f.Group), string(f.Kind)}) != from || string(f.Namespace) != fromNamespace {
			continue
		}
		for _, t := range grant.Spec.To {
			if (groupKind{string(t.Group), string(t.Kind)}) == to && (t.Name == nil || string(*t.Name) == name) {
				return true
			}
		}
	}
	return false
}
