package mesh

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Older orders objects as istiod does: by creation time, of which the API server keeps whole seconds, then by name, then by
// namespace (pilot/pkg/model/config.go, configCompareByCreationTime).
func Older[T metav1.Object](a, b T) int {
	if c := a.GetCreationTimestamp().Time.Compare(b.GetCreationTimestamp().Time); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.GetName(), b.GetName()), cmp.Compare(a.GetNamespace(), b.GetNamespace()))
}

// ByAge sorts objects in place, oldest first.
func ByAge[T metav1.Object](list []T) { slices.SortStableFunc(list, Older[T]) }
