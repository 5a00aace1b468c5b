package legacy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Translate turns old objects into today's resources. They are taken as all the old objects there are: what stands above them, a
// MeshPolicy or a ClusterRbacConfig, has to be among them to count. The error names every object that istiod would have refused.
func Translate(legacy []*unstructured.Unstructured, ctx Context) (*Result, error) {
	ctx = ctx.defaulted()
	old, err := read(legacy, ctx)
	if err != nil {
		return nil, err
	}
	t := &translation{Context: ctx, old: old}
	t.general()
	t.peers()
	t.origins()
	t.unknownTargets()
	t.denyByDefault()
	t.roles()
	t.ignoredObjects()
	return t.finish(), nil
}

// general tells what differs for everything of a kind.
func (t *translation) general() {
	o := t.old
	authn := o.mesh != nil || len(o.policyNamespaces()) > 0
	rbac := o.config != nil || len(o.roles) > 0
	if authn || rbac {
		note(&t.General, podsNotServices)
	}
	if authn {
		note(&t.General, clientsUseMTLS)
		if o.mesh == nil {
			note(&t.General, noMeshPolicy)
		}
	}
	auto := func(p corev1.ServicePort) bool { return classOf(p) == mesh.ClassAuto }
	if (authn || rbac) && slices.ContainsFunc(t.Services, func(s *corev1.Service) bool { return slices.ContainsFunc(s.Spec.Ports, auto) }) {
		note(&t.General, autoPorts)
	}
	if len(o.roles) > 0 && o.config == nil {
		note(&t.General, noRbacConfig)
	}
}
