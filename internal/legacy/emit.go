package legacy

import (
	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const apiVersion = "security.istio.io/v1"

// place is what a resource of today reaches: pods of a namespace, or, in the root namespace, of all of them.
type place struct {
	namespace string
	selector  map[string]string // nil for all pods
}

func (p place) workloads() *typeapi.WorkloadSelector {
	if len(p.selector) == 0 {
		return nil
	}
	return &typeapi.WorkloadSelector{MatchLabels: p.selector}
}

func (t *translation) emitPeer(r Resource, at place, name string, spec *security.PeerAuthentication) {
	r.Ref = t.free(mesh.PeerAuthentication, at.namespace, name)
	o := &securityapi.PeerAuthentication{TypeMeta: typeMeta(r.Ref), ObjectMeta: objectMeta(r.Ref)}
	spec.Selector = at.workloads()
	spec.DeepCopyInto(&o.Spec)
	r.Object = o
	t.Resources = append(t.Resources, r)
}

func (t *translation) emitRequest(r Resource, at place, name string, spec *security.RequestAuthentication) {
	r.Ref = t.free(mesh.RequestAuthentication, at.namespace, name)
	o := &securityapi.RequestAuthentication{TypeMeta: typeMeta(r.Ref), ObjectMeta: objectMeta(r.Ref)}
	spec.Selector = at.workloads()
	spec.DeepCopyInto(&o.Spec)
	r.Object = o
	t.Resources = append(t.Resources, r)
}

// emitPolicy adds an AuthorizationPolicy. One that is only tried out bears the annotation that keeps it from acting
// (istio.io/dry-run; an ALLOW that bears it does not refuse the rest either).
func (t *translation) emitPolicy(r Resource, at place, name string, dryRun bool, spec *security.AuthorizationPolicy) {
	r.Ref = t.free(mesh.AuthorizationPolicy, at.namespace, name)
	o := &securityapi.AuthorizationPolicy{TypeMeta: typeMeta(r.Ref), ObjectMeta: objectMeta(r.Ref)}
	if dryRun {
		o.Annotations = map[string]string{"istio.io/dry-run": "true"}
	}
	spec.Selector = at.workloads()
	spec.DeepCopyInto(&o.Spec)
	r.Object = o
	t.Resources = append(t.Resources, r)
}

func typeMeta(r mesh.Ref) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: string(r.Kind)}
}

func objectMeta(r mesh.Ref) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}
}
