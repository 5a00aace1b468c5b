package test

import (
	"context"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// The roles that are shipped are enough: whoever is on call gets the answers that the admin gets.
func TestOnCall(t *testing.T) {
	fillFrom(t, "testdata/mesh.yaml")
	data, err := os.ReadFile("../deploy/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if kind := o.GetKind(); kind != "ClusterRole" && kind != "Role" {
			continue
		}
		binding := o.DeepCopy()
		binding.SetKind(o.GetKind() + "Binding")
		delete(binding.Object, "rules")
		binding.Object["roleRef"] = map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": o.GetKind(), "name": o.GetName()}
		binding.Object["subjects"] = []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "oncall"}}
		for _, x := range []*unstructured.Unstructured{o, binding} {
			if err := root.Create(context.Background(), x); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, q := range questions {
		code, mine := answer(t, append(kubeconfig(t, "oncall"), q...)...)
		wantCode, all := answer(t, append(kubeconfig(t, "admin"), q...)...)
		if code != wantCode || verdict(mine) != verdict(all) || len(mine.Gaps) > len(all.Gaps) {
			t.Errorf("%v: exit status %d\n%s\n%v\nwant %d\n%s", q, code, verdict(mine), mine.Gaps, wantCode, verdict(all))
		}
	}
}

// grant makes the roles of a file apply.
func grant(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if err := root.Create(context.Background(), o); err != nil {
			t.Fatal(err)
		}
	}
}

// Somebody with rights in two namespaces only is never told anything as settled that is not so, and is told what to ask for.
func TestTenant(t *testing.T) {
	fillFrom(t, "testdata/mesh.yaml")
	grant(t, "testdata/tenant.yaml")
	for _, q := range questions {
		t.Run(strings.Join(q, " "), func(t *testing.T) {
			_, all := answer(t, append(kubeconfig(t, "admin"), q...)...)
			code, stdout, stderr, err := Plugin(context.Background(), bin, append(append(kubeconfig(t, "tenant"), q...), "-o", "json")...)
			if err != nil {
				t.Fatal(err)
			}
			if code == 1 {
				if !strings.Contains(string(stderr), "forbidden") || len(stdout) > 0 {
					t.Errorf("stderr is %s, want that something is forbidden", stderr)
				}
				return
			}
			_, mine := answer(t, append(kubeconfig(t, "tenant"), q...)...)
			if !holds(mine, all) {
				t.Errorf("the tenant is told\n%s\nwhat is so is\n%s", verdict(mine), verdict(all))
			}
			if mine.Verdict.Settled {
				return
			}
			if code != 3 {
				t.Errorf("exit status is %d, want 3", code)
			}
			asks := false
			for _, g := range mine.Gaps {
				asks = asks || strings.HasPrefix(g.CanI, "kubectl auth can-i list ")
			}
			if !asks {
				t.Errorf("nothing says what to ask for: %v", mine.Gaps)
			}
		})
	}
}

// holds reports whether what somebody is told allows for what is so.
func holds(told, so *explain.Explanation) bool {
	if told.Verdict.Settled {
		return verdict(told) == verdict(so)
	}
	for _, x := range so.Verdict.Outcomes {
		found := false
		for _, y := range told.Verdict.Outcomes {
			found = found || x.Result == y.Result && (y.Status == 0 || x.Status == y.Status)
		}
		if !found {
			return false
		}
	}
	return true
}
