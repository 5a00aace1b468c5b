package mesh

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Trim drops from an object what no decision reads and what only takes room: the record of who wrote which field, and the content of
// a Secret, of which nothing but the name may be known.
func Trim(o metav1.Object) metav1.Object {
	o.SetManagedFields(nil)
	if a := o.GetAnnotations(); a["kubectl.kubernetes.io/last-applied-configuration"] != "" {
		delete(a, "kubectl.kubernetes.io/last-applied-configuration")
		o.SetAnnotations(a)
	}
	return trimSecret(o)
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
