package legacy_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/legacy"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Each case holds old.yaml, the old objects with the Services and Pods they need, and either want.yaml or want.err.
func TestCases(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		if got, failed := run(t, c); failed {
			c.Check(t, "want.err", got, "want.yaml")
		} else {
			c.Check(t, "want.yaml", got, "want.err")
		}
	})
}

// run translates a case and reads the result back.
func run(t *testing.T, c *golden.Case) (out string, failed bool) {
	t.Helper()
	old := c.File("old.yaml")
	if old == "" {
		t.Fatal("no old.yaml")
	}
	snap := snapshot(t, old)
	result, err := legacy.Translate(snap.Legacy, legacy.ContextOf(snap))
	if err != nil {
		return err.Error() + "\n", true
	}
	out = yaml(t, result)
	readBack(t, result, out)
	return out, false
}

// readBack checks that the output is what the strict reader takes, with all of its objects, and that it tells of every difference.
func readBack(t *testing.T, r *legacy.Result, out string) {
	t.Helper()
	again := snapshot(t, out)
	if len(again.Legacy) > 0 {
		t.Errorf("the output holds old kinds")
	}
	n := 0
	for _, res := range r.Resources {
		if !again.Has(res.Ref) {
			t.Errorf("%s is not in what was read back", res.Ref)
		}
		n++
	}
	if read := again.PeerAuthentications.Len() + again.RequestAuthentications.Len() + again.AuthorizationPolicies.Len(); read != n {
		t.Errorf("%d objects read back, want %d", read, n)
	}
	if told := strings.Count(out, "# NOT THE SAME: "); told != len(r.Warnings) {
		t.Errorf("%d differences in the comments, %d in the warnings", told, len(r.Warnings))
	}
}

// The order of the input does not matter, nor do Services and old objects of a namespace that the others do not know of.
func TestOrderAndNeighbours(t *testing.T) {
	for _, c := range golden.List(t, "testdata") {
		old := c.File("old.yaml")
		snap := snapshot(t, old)
		want, err := legacy.Translate(snap.Legacy, legacy.ContextOf(snap))
		if err != nil {
			continue
		}
		shuffled := legacy.ContextOf(snap)
		shuffled.Services, shuffled.Pods = slices.Clone(shuffled.Services), slices.Clone(shuffled.Pods)
		slices.Reverse(shuffled.Services)
		slices.Reverse(shuffled.Pods)
		objects := slices.Clone(snap.Legacy)
		slices.Reverse(objects)
		got, err := legacy.Translate(objects, shuffled)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(yaml(t, want), yaml(t, got)); diff != "" {
			t.Errorf("%s: another order gives another result:\n%s", c.Name(), diff)
		}
		neighbour := snapshot(t, old+strangers)
		got, err = legacy.Translate(neighbour.Legacy, legacy.ContextOf(neighbour))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range want.Resources {
			if r.Ref.Namespace == "istio-system" {
				continue // what is for the mesh may know of every namespace
			}
			if !slices.ContainsFunc(got.Resources, func(o legacy.Resource) bool { return cmp.Equal(o.Ref, r.Ref) && specOf(o) == specOf(r) }) {
				t.Errorf("%s: a stranger changes %s", c.Name(), r.Ref)
			}
		}
	}
}

const strangers = `
---
apiVersion: v1
kind: Service
metadata: {name: stranger, namespace: zz-other}
spec: {selector: {app: b}, ports: [{name: tcp, port: 8080}]}
---
apiVersion: authentication.istio.io/v1alpha1
kind: Policy
metadata: {name: default, namespace: zz-other}
spec: {origins: [{jwt: {issuer: x}}], principalBinding: USE_ORIGIN}
---
apiVersion: rbac.istio.io/v1alpha1
kind: ServiceRole
metadata: {name: r, namespace: zz-other}
spec: {rules: [{services: ["*"]}]}
`

func specOf(r legacy.Resource) string {
	switch o := r.Object.(type) {
	case *securityapi.PeerAuthentication:
		return o.Spec.String()
	case *securityapi.RequestAuthentication:
		return o.Spec.String()
	case *securityapi.AuthorizationPolicy:
		return o.Spec.String()
	}
	return ""
}

func yaml(t *testing.T, r *legacy.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.YAML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func snapshot(t *testing.T, text string) *mesh.Snapshot {
	t.Helper()
	snap, err := manifest.Source{Stdin: strings.NewReader(text)}.Snapshot("-")
	if err != nil {
		t.Fatalf("reading back: %v\n%s", err, text)
	}
	return snap
}
