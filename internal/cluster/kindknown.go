package cluster

import (
	"cmp"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// kindKnown is what is known of one kind.
type kindKnown struct {
	all     bool
	in      map[string]bool // namespaces that were read
	objects map[types.NamespacedName]metav1.Object
	failed  map[place]mesh.Gap
	lost    map[place]mesh.Gap    // objects that do not exist
	broken  map[string][]mesh.Gap // by namespace: objects that did not decode
	unknown map[string][]mesh.Gap // by namespace: fields that are not known
}

// place is where a read failed: everywhere, in a namespace, or at a ConfigMap, which is asked for by itself.
type place struct{ namespace, name string }

func newKindKnown() *kindKnown {
	return &kindKnown{in: map[string]bool{}, objects: map[types.NamespacedName]metav1.Object{}, failed: map[place]mesh.Gap{}, lost: map[place]mesh.Gap{},
		broken: map[string][]mesh.Gap{}, unknown: map[string][]mesh.Gap{}}
}

func (k *kindKnown) covers(namespace string) bool { return k.all || k.in[namespace] }

// tried reports whether reading again would bring nothing.
func (k *kindKnown) tried(namespace string) bool {
	_, failed := k.failed[place{namespace: namespace}]
	return failed || k.covers(namespace)
}

// replace takes a list in place of what was known of its namespaces.
func (k *kindKnown) replace(a answer) {
	ns := a.task.namespace
	if ns == "" {
		*k = *newKindKnown()
		k.all = true
	} else {
		k.in[ns] = true
		maps.DeleteFunc(k.objects, func(n types.NamespacedName, _ metav1.Object) bool { return n.Namespace == ns })
		delete(k.failed, place{namespace: ns})
		delete(k.broken, ns)
		delete(k.unknown, ns)
	}
	k.add(a)
}

func (k *kindKnown) add(a answer) {
	for _, o := range a.objects {
		k.objects[types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}] = o
	}
	for _, g := range a.broken {
		k.broken[g.Namespace] = append(k.broken[g.Namespace], g)
	}
	for _, g := range a.unknown {
		k.unknown[g.Namespace] = append(k.unknown[g.Namespace], g)
	}
}

// absent takes note of an object that does not exist, or of a kind that is not installed and so known to be empty.
func (k *kindKnown) absent(a answer) {
	if a.task.name == "" {
		*k = *newKindKnown()
		k.all = true
	} else {
		k.lost[place{a.task.namespace, a.task.name}] = gapOf(a)
	}
}

func (k *kindKnown) fail(a answer) {
	t := a.task
	switch {
	case t.labels != "" && k.covers(t.namespace):
		// All of it was read meanwhile.
	case t.kind == mesh.Namespace && t.name != "":
		// That the list is refused says it all.
	case t.kind == mesh.ConfigMap:
		k.failed[place{t.namespace, t.name}] = gapOf(a)
	default:
		k.failed[place{namespace: t.namespace}] = gapOf(a)
	}
}

// gaps are the reasons why the list is not complete, in a fixed order.
func (k *kindKnown) gaps() []mesh.Gap {
	var gaps []mesh.Gap
	all := k.failed[place{}]
	for _, p := range places(k.failed) {
		if g := k.failed[p]; p == (place{}) || all.Cause != mesh.Forbidden || g.Cause != mesh.Forbidden {
			gaps = append(gaps, g) // refused everywhere says more than refused here too
		}
	}
	return append(gaps, inOrder(k.broken)...)
}

func places(m map[place]mesh.Gap) []place {
	return slices.SortedFunc(maps.Keys(m), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
}

func inOrder(gaps map[string][]mesh.Gap) []mesh.Gap {
	var out []mesh.Gap
	for _, ns := range slices.Sorted(maps.Keys(gaps)) {
		out = append(out, slices.SortedStableFunc(slices.Values(gaps[ns]), func(a, b mesh.Gap) int {
			return cmp.Or(cmp.Compare(a.Resource.Name, b.Resource.Name), cmp.Compare(a.Detail, b.Detail))
		})...)
	}
	return out
}
