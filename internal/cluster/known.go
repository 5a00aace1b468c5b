package cluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// known is what was learned so far.
type known struct {
	begun bool // the first question is answered
	kinds map[mesh.Kind]*kindKnown
	revs  map[string]bool // revisions that govern something
	home  map[string]bool // namespaces of control planes, and the usual one

	istiod map[string]bool // those of them that have istiod's Service
	root   map[string]bool // root namespaces, as the mesh configs name them

	ambient bool // a pod was seen that a ztunnel serves

	legacy []metav1.Object // of kinds that Istio removed
}

func newKnown(homes []string) *known {
	k := &known{kinds: map[mesh.Kind]*kindKnown{}, revs: map[string]bool{"": true}, home: map[string]bool{}, istiod: map[string]bool{}, root: map[string]bool{}}
	for _, api := range mesh.APIs() {
		k.kinds[api.Kind] = newKindKnown()
	}
	for _, ns := range append(homes, mesh.DefaultRootNamespace) {
		k.home[ns] = true
	}
	return k
}

// take adds an answer.
func (k *known) take(a answer) {
	k.begun = true
	if a.task.group != "" {
		k.legacy = append(k.legacy, a.objects...)
		return
	}
	of := k.kinds[a.task.kind]
	switch {
	case a.absent:
		of.absent(a)
	case a.err != nil:
		of.fail(a)
	case a.task.name == "" && a.task.labels == "":
		of.replace(a)
	default:
		of.add(a)
	}
	k.learn(a.objects)
}

// learn takes from objects where more is to be read.
func (k *known) learn(objects []metav1.Object) {
	for _, o := range objects {
		switch o := o.(type) {
		case *corev1.Service:
			// Each control plane has one (istiod's chart, templates/service.yaml).
			if o.Labels["app"] == "istiod" {
				k.home[o.Namespace], k.istiod[o.Namespace] = true, true
				k.revs[revision(o.Labels["istio.io/rev"])] = true
			}
		case *corev1.Pod:
			k.revs[mesh.Revision(o)] = true
			k.ambient = k.ambient || mesh.Ambient(o)
		case *corev1.ConfigMap:
			if _, is := k.authorities()[place{o.Namespace, o.Name}]; !is {
				k.root[rootOf(o)] = true
			}
		}
	}
}

func revision(label string) string {
	if label == "default" {
		return ""
	}
	return label
}

// rootOf is the root namespace that a mesh config names.
func rootOf(cm *corev1.ConfigMap) string {
	own := *cm
	own.Name = "istio"
	s := &mesh.Snapshot{ConfigMaps: mesh.NewList(mesh.ConfigMap, []*corev1.ConfigMap{&own}, mesh.Coverage{All: true})}
	return s.Ready().Config.RootNamespace
}

// roots are the root namespaces; the usual one as long as no mesh config is seen.
func (k *known) roots() []string {
	if len(k.root) == 0 {
		return []string{mesh.DefaultRootNamespace}
	}
	return slices.Sorted(maps.Keys(k.root))
}

func (k *known) homes() []string { return slices.Sorted(maps.Keys(k.home)) }

func (k *known) revisions() []string { return slices.Sorted(maps.Keys(k.revs)) }

// namespaces lists all there are, as far as that is known: where their list is refused, those that hold anything count.
func (k *known) namespaces(named []string) []string {
	all := map[string]bool{}
	for _, ns := range named {
		all[ns] = true
	}
	for n := range k.kinds[mesh.Namespace].objects {
		all[n.Name] = true
	}
	if !k.kinds[mesh.Namespace].all {
		for _, of := range k.kinds {
			for n := range of.objects {
				all[n.Namespace] = true
			}
		}
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

// refused reports whether the list of all namespaces is not allowed.
func (k *known) refused(kind mesh.Kind) bool {
	return k.kinds[kind].failed[place{}].Cause == mesh.Forbidden
}

func (k *known) unsupported() []mesh.Gap {
	var gaps []mesh.Gap
	for _, api := range mesh.APIs() {
		gaps = append(gaps, inOrder(k.kinds[api.Kind].unknown)...)
	}
	return gaps
}
