package legacy

import (
	"strings"
	"testing"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func TestNothing(t *testing.T) {
	r, err := Translate([]*unstructured.Unstructured{nil}, Context{Services: []*corev1.Service{nil}, Pods: []*corev1.Pod{nil}})
	if err != nil || len(r.Resources)+len(r.LeftOut)+len(r.Warnings) > 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestOtherGroup(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod"}}
	if _, err := Translate([]*unstructured.Unstructured{u}, Context{}); err == nil || !strings.HasPrefix(err.Error(), "object 1: v1 Pod is not of ") {
		t.Errorf("got %v", err)
	}
}

// What ends a line in a value must not end the comment that quotes it.
func TestComment(t *testing.T) {
	var out strings.Builder
	comment(&out, "a\nkind: Secret\r\u2028\x00é")
	if want := "# a\\u000akind: Secret\\u000d\\u2028\\u0000é\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestNamesStayUniqueAndShort(t *testing.T) {
	tr, long := &translation{}, strings.Repeat("a.", 200)
	seen := map[mesh.Ref]bool{}
	for range 3 {
		tr.emitPolicy(Resource{}, place{namespace: "foo"}, long, false, &security.AuthorizationPolicy{})
		ref := tr.Resources[len(tr.Resources)-1].Ref
		if seen[ref] || len(ref.Name) > 253 || strings.HasSuffix(strings.TrimRight(ref.Name, "-0123456789"), ".") {
			t.Errorf("name %s of %d letters, seen before: %v", ref.Name, len(ref.Name), seen[ref])
		}
		seen[ref] = true
	}
}

// The context is taken from a snapshot, and nothing of it is needed.
func TestContextOf(t *testing.T) {
	c := ContextOf(mesh.Collect(nil)).defaulted()
	if c.RootNamespace != "istio-system" || c.TrustDomain != "cluster.local" || c.Namespace != "default" {
		t.Errorf("got %+v", c)
	}
}

func TestForeignTrustDomain(t *testing.T) {
	for name, want := range map[string]bool{
		"td1/ns/foo/sa/a":           false,
		"td1/ns/foo/*":              false,
		"cluster.local/ns/foo/sa/a": false, // stands for the mesh's own
		"cluster.local/ns/foo/*":    true,  // but not in a part of a name
		"other/ns/foo/sa/a":         true,
		"*/ns/foo/sa/a":             false,
		"issuer/subject":            false,
		"*":                         false,
	} {
		if got := foreign(name, "td1"); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
