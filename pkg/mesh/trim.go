package mesh

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Trim drops from an object what no decision reads and what only takes room: the record of who wrote which field, of which the time of the
// last change is left (see [Snapshot.Times]), and the content of a Secret, of which nothing but the name may be known.
func Trim(o metav1.Object) metav1.Object {
	o.SetManagedFields(lastChange(o))
	if a := o.GetAnnotations(); a["kubectl.kubernetes.io/last-applied-configuration"] != "" {
		delete(a, "kubectl.kubernetes.io/last-applied-configuration")
		o.SetAnnotations(a)
	}
	return trimSecret(o)
}

// lastChange is the time at which somebody last wrote an object's metadata or spec, as the only entry of its managedFields. Pods and their
// endpoints are many, and change all the time.
func lastChange(o metav1.Object) []metav1.ManagedFieldsEntry {
	switch o.(type) {
	case *corev1.Pod, *discoveryv1.EndpointSlice:
		return nil
	}
	var last *metav1.Time
	for _, f := range o.GetManagedFields() {
		if f.Time != nil && f.Subresource == "" && (last == nil || last.Before(f.Time)) {
			last = f.Time
		}
	}
	if last == nil {
		return nil
	}
	return []metav1.ManagedFieldsEntry{{Time: last}}
}

// Times tells when an object was created, and when somebody last changed it, as far as its managedFields tell; the zero time where
// that is not known.
func (s *Snapshot) Times(r Ref) (created, changed time.Time) {
	o, ok := s.get(r)
	if !ok {
		return
	}
	created = o.GetCreationTimestamp().Time
	if f := lastChange(o); f != nil {
		changed = f[0].Time.Time
	}
	return created, changed
}

func trimSecret(o metav1.Object) metav1.Object {
	if s, ok := o.(*corev1.Secret); ok {
		for k := range s.Data {
			s.Data[k] = nil
		}
		s.StringData = nil
	}
	return o
}
