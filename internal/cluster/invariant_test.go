package cluster

import (
	"encoding/json"
	"reflect"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// gapsIn is what a snapshot does not know of a kind in a namespace.
func gapsIn(s *mesh.Snapshot, kind mesh.Kind, namespace string) []mesh.Gap {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		if l, ok := v.Field(i).Interface().(interface {
			Kind() mesh.Kind
			Gaps(...string) []mesh.Gap
		}); ok && l.Kind() == kind {
			return l.Gaps(namespace)
		}
	}
	return []mesh.Gap{{Kind: "no such list"}}
}

// noWrongSilence: what exists and is not in the snapshot must be a gap of its namespace, and what is in the snapshot must exist.
func noWrongSilence(t *testing.T, f *fake, s *mesh.Snapshot) {
	t.Helper()
	for kind, objects := range f.Objects {
		for _, o := range objects {
			ref := mesh.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
			if !s.Has(ref) && len(gapsIn(s, kind, o.GetNamespace())) == 0 {
				t.Errorf("%s is not in the snapshot, and nothing tells so", ref)
			}
		}
	}
	s.Each(func(kind mesh.Kind, o metav1.Object) {
		for _, x := range f.Objects[kind] {
			if x.GetNamespace() == o.GetNamespace() && x.GetName() == o.GetName() {
				if want, got := asJSON(t, x), asJSON(t, o); want != got {
					t.Errorf("%s %s/%s was read as\n%s\nand is\n%s", kind, o.GetNamespace(), o.GetName(), got, want)
				}
				return
			}
		}
		t.Errorf("%s %s/%s does not exist", kind, o.GetNamespace(), o.GetName())
	})
}

func asJSON(t *testing.T, o metav1.Object) string {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "kind")
	delete(m, "apiVersion")
	data, _ = json.Marshal(m) //nolint:errchkjson // it was JSON before
	return string(data)
}
