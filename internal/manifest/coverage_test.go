package manifest

import (
	"reflect"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func gapsIn(s *mesh.Snapshot, ns string) []mesh.Gap { return s.Pods.Gaps(ns) }

const somePods = `
apiVersion: mesh-why/v1alpha1
kind: Coverage
everywhere: [Namespace]
namespaces: {Pod: [b, a]}
failed:
- {kind: Pod, namespace: c, cause: forbidden, detail: no}
- {kind: Pod, namespace: a, cause: failed, resource: {kind: Pod, namespace: a, name: broken}}
`

// TestCoverage: what a document says was not read is not known, what it does not name neither.
func TestCoverage(t *testing.T) {
	s := mustRead(t, somePods+"---\n"+pod("x"))
	for ns, want := range map[string][]mesh.Gap{
		"a": {{Kind: mesh.Pod, Namespace: "a", Cause: mesh.Failed, Resource: mesh.Ref{Kind: mesh.Pod, Namespace: "a", Name: "broken"}}},
		"b": nil,
		"c": {{Kind: mesh.Pod, Namespace: "c", Cause: mesh.Forbidden, Detail: "no"}},
		"d": {{Kind: mesh.Pod, Namespace: "d", Cause: mesh.Failed}},
	} {
		if got := gapsIn(s, ns); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", ns, got, want)
		}
	}
	if !s.Namespaces.Known() || s.Services.Known() || len(s.Services.Gaps("a")) != 1 {
		t.Error("Namespaces were read, Services were not")
	}
	if _, ok, _ := s.Pods.Get("default", "x"); !ok {
		t.Error("an object beside the document is lost")
	}
}

// TestCoverages adds several documents up: what each could not read is still not known.
func TestCoverages(t *testing.T) {
	const others = "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nnamespaces: {Pod: [c, d], Service: [a]}\nistioVersion: '1.29'\n"
	const all = "apiVersion: mesh-why/v1alpha1\nkind: Coverage\neverywhere: [Pod]\n"
	s := mustRead(t, somePods+"---\n"+others)
	if got := s.Reading(mesh.Pod); !reflect.DeepEqual(got.Namespaces, []string{"a", "b", "c", "d"}) || got.All || len(got.Failed) != 2 {
		t.Errorf("got %+v", got)
	}
	if s.Version.Forced != "1.29" {
		t.Errorf("the release is %+v", s.Version)
	}
	for _, in := range []string{somePods + "---\n" + all, all + "---\n" + somePods, somePods + "---\n" + somePods + "---\n" + all} {
		if got := mustRead(t, in).Reading(mesh.Pod); !got.All || len(got.Failed) != 2 {
			t.Errorf("got %+v", got)
		}
	}
}
