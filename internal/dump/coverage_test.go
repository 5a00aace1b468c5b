package dump

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const somePods = `
apiVersion: mesh-why/v1alpha1
kind: Coverage
everywhere: [Namespace]
namespaces: {Pod: [b, a]}
failed:
- {kind: Pod, namespace: c, cause: forbidden, detail: no}
- {kind: Pod, namespace: a, cause: failed, resource: {kind: Pod, namespace: a, name: broken}}
`

// TestCoverageIsWritten: what was read, where, and what was not.
func TestCoverageIsWritten(t *testing.T) {
	s := mustRead(t, somePods)
	s.Newer = []mesh.Gap{{Kind: mesh.Gateway, Namespace: "a", Cause: mesh.Unsupported, Resource: mesh.Ref{Kind: mesh.Gateway, Namespace: "a", Name: "g"}, Detail: "spec.new"}}
	got := mustWrite(t, s, Options{})
	want := `---
apiVersion: mesh-why/v1alpha1
everywhere: [Namespace]
failed:
  - cause: forbidden
    detail: "no"
    kind: Pod
    namespace: c
  - cause: failed
    kind: Pod
    namespace: a
    resource:
      kind: Pod
      name: broken
      namespace: a
kind: Coverage
namespaces:
  Pod: [a, b]
newer:
  - cause: unsupported
    detail: spec.new
    kind: Gateway
    namespace: a
    resource:
      kind: Gateway
      name: g
      namespace: a
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	again := mustRead(t, got)
	if !reflect.DeepEqual(again.Reading(mesh.Pod), s.Reading(mesh.Pod)) || !reflect.DeepEqual(again.Newer, s.Newer) {
		t.Errorf("read again: %+v, %+v", again.Reading(mesh.Pod), again.Newer)
	}
}

// TestNobodyIsNamed: the API server's words on a refusal name the one who asked.
func TestNobodyIsNamed(t *testing.T) {
	s := mustRead(t, "---\n").WithReadings(map[mesh.Kind]mesh.Reading{mesh.Pod: {Failed: []mesh.Gap{{Kind: mesh.Pod, Cause: mesh.Forbidden,
		Detail: `pods is forbidden: User "jane@example.com" cannot list resource "pods" in API group "" at the cluster scope`}}}})
	got := mustWrite(t, s, Options{})
	if strings.Contains(got, "jane") || !strings.Contains(got, `pods is forbidden: User "redacted" cannot list resource "pods"`) {
		t.Errorf("got %s", got)
	}
}

func pod(name string) string { return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\n" }

// istio is the beginning of an Istio object named a/x.
func istio(kind, rest string) string {
	group := "networking.istio.io/v1"
	if strings.HasSuffix(kind, "Authentication") || strings.HasSuffix(kind, "Policy") {
		group = "security.istio.io/v1"
	}
	return "apiVersion: " + group + "\nkind: " + kind + "\nmetadata: {name: x, namespace: a}\n" + rest
}
