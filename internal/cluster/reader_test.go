package cluster

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

var bothNeeded = Need{Namespaces: []string{"foo", "bar"}}

func snapshot(t *testing.T, r *Reader, n Need) *mesh.Snapshot {
	t.Helper()
	s, err := r.Snapshot(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The requests for one question are an interface: the ClusterRole that people grant follows from them.
func TestRequests(t *testing.T) {
	for _, row := range []struct {
		golden string
		need   Need
	}{
		{"requests-question.txt", bothNeeded},
		{"requests-all.txt", Need{All: true}},
	} {
		t.Run(row.golden, func(t *testing.T) {
			f := newFake(t)
			s := snapshot(t, f.reader(t, Options{Version: "v1"}), row.need)
			noWrongSilence(t, f, s)
			golden.Check(t, "testdata/"+row.golden, strings.Join(f.Requests(), "\n")+"\n")
			for _, a := range f.Asked {
				if a.Agent != "kubectl-mesh_why/v1" {
					t.Errorf("%s was asked for by %q", a.Path, a.Agent)
				}
			}
		})
	}
}

func TestSnapshotKnowsWhatWasRead(t *testing.T) {
	f := newFake(t)
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	for _, k := range everywhere {
		if gaps := gapsIn(s, k, "other"); len(gaps) > 0 {
			t.Errorf("%s of other: %v, want it read", k, gaps)
		}
	}
	for _, k := range local {
		for _, ns := range []string{"foo", "bar"} {
			if gaps := gapsIn(s, k, ns); len(gaps) > 0 {
				t.Errorf("%s of %s: %v, want it read", k, ns, gaps)
			}
		}
		if gaps := gapsIn(s, k, "other"); len(gaps) != 1 || !unread(gaps[0]) {
			t.Errorf("%s of other: %v, want it unread", k, gaps)
		}
		if gaps := gapsIn(s, k, "istio-system"); slices.Contains(meshWide, k) == (len(gaps) > 0) {
			t.Errorf("%s of istio-system: %v", k, gaps)
		}
	}
	if got := s.Version.Istiod.String(); got != "1.30.2" {
		t.Errorf("istiod is %s, want 1.30.2 as its image says", got)
	}
	if s.Has(mesh.Ref{Kind: mesh.Pod, Namespace: "istio-system", Name: "ingress-1"}) {
		t.Error("pods of the root namespace were read that are not istiod's")
	}
}

func TestSnapshotListsHaveTheirKinds(t *testing.T) {
	s := newKnown(nil).snapshot()
	for i, k := range s.Kinds() {
		if want := mesh.APIs()[i].Kind; k != want {
			t.Errorf("list %d is of kind %q, want %q", i, k, want)
		}
	}
}

// Nothing is asked for twice, and what was read stays.
func TestSecondWave(t *testing.T) {
	f := newFake(t)
	r := f.reader(t, Options{})
	first := snapshot(t, r, bothNeeded)
	before := len(f.Asked)

	need := r.Wants(gapsIn(first, mesh.EndpointSlice, "other"))
	if !slices.Equal(need.Namespaces, []string{"other"}) || len(need.Kinds) != 0 {
		t.Fatalf("wants %+v, want namespace other", need)
	}
	second := snapshot(t, r, need)
	noWrongSilence(t, f, second)
	for _, k := range local {
		for _, ns := range []string{"foo", "bar", "other"} {
			if gaps := gapsIn(second, k, ns); len(gaps) > 0 {
				t.Errorf("%s of %s: %v, want it read", k, ns, gaps)
			}
		}
	}
	for _, a := range f.Asked[before:] {
		if a.Namespace != "other" {
			t.Errorf("%s was asked for again", a.Path)
		}
	}
	if need := r.Wants(gapsIn(second, mesh.EndpointSlice, "other")); !need.Empty() {
		t.Errorf("still wants %+v", need)
	}
	before = len(f.Asked)
	snapshot(t, r, Need{})
	if len(f.Asked) != before {
		t.Errorf("an empty need asked for %v", f.Asked[before:])
	}
	if got := r.Stats(); got.Requests != len(f.Asked) || len(got.Waves) != 3 || got.Waves[2].Requests != 0 || got.Bytes == 0 {
		t.Errorf("stats are %+v, want %d requests in three waves, the last of none", got, len(f.Asked))
	}
}

func TestWants(t *testing.T) {
	f := newFake(t)
	f.May = func(a asked) bool { return a.API.Kind != mesh.Sidecar }
	r := f.reader(t, Options{})
	snapshot(t, r, bothNeeded)
	for name, row := range map[string]struct {
		gap  mesh.Gap
		want Need
	}{
		"a new namespace is wanted whole": {mesh.Gap{Kind: mesh.Pod, Namespace: "other", Cause: mesh.Failed}, Need{Namespaces: []string{"other"}}},
		"the root namespace's pods":       {mesh.Gap{Kind: mesh.Pod, Namespace: "istio-system", Cause: mesh.Failed}, Need{Namespaces: []string{"istio-system"}}},
		"a kind that is read by itself":   {mesh.Gap{Kind: mesh.Ingress, Namespace: "foo", Cause: mesh.Failed}, Need{Kinds: map[mesh.Kind][]string{mesh.Ingress: {"foo"}}}},
		"a kind everywhere":               {mesh.Gap{Kind: mesh.NetworkPolicy, Cause: mesh.Failed}, Need{Kinds: map[mesh.Kind][]string{mesh.NetworkPolicy: {""}}}},
		"a kind without namespaces":       {mesh.Gap{Kind: mesh.Node, Cause: mesh.Failed}, Need{Kinds: map[mesh.Kind][]string{mesh.Node: {""}}}},
		"read already":                    {mesh.Gap{Kind: mesh.Pod, Namespace: "foo", Cause: mesh.Failed}, Need{}},
		"read everywhere":                 {mesh.Gap{Kind: mesh.Service, Namespace: "other", Cause: mesh.Failed}, Need{}},
		"refused":                         {mesh.Gap{Kind: mesh.Sidecar, Namespace: "foo", Cause: mesh.Failed}, Need{}},
		"failed":                          {mesh.Gap{Kind: mesh.Pod, Namespace: "other", Cause: mesh.Failed, Detail: "no"}, Need{}},
		"one object":                      {mesh.Gap{Kind: mesh.Pod, Namespace: "other", Cause: mesh.Failed, Resource: mesh.Ref{Kind: mesh.Pod, Name: "x"}}, Need{}},
		"forbidden":                       {mesh.Gap{Kind: mesh.Pod, Namespace: "other", Cause: mesh.Forbidden}, Need{}},
		"not a namespace's name":          {mesh.Gap{Kind: mesh.Pod, Namespace: "../secrets", Cause: mesh.Failed}, Need{}},
		"Secrets never":                   {mesh.Gap{Kind: mesh.Secret, Namespace: "foo", Cause: mesh.Failed}, Need{}},
		"ConfigMaps never":                {mesh.Gap{Kind: mesh.ConfigMap, Namespace: "foo", Cause: mesh.Failed}, Need{}},
		"no kind of the API server":       {mesh.Gap{Kind: mesh.MeshConfig, Cause: mesh.Failed}, Need{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.Wants([]mesh.Gap{row.gap})
			if got.Empty() != row.want.Empty() || !slices.Equal(got.Namespaces, row.want.Namespaces) || !slices.Equal(got.Kinds[row.gap.Kind], row.want.Kinds[row.gap.Kind]) {
				t.Errorf("wants %+v, want %+v", got, row.want)
			}
		})
	}
}

// What is wanted is known once it was read.
func TestWantsAreMet(t *testing.T) {
	for _, g := range []mesh.Gap{
		{Kind: mesh.Ingress, Namespace: "foo", Cause: mesh.Failed}, {Kind: mesh.NetworkPolicy, Cause: mesh.Failed},
		{Kind: mesh.Node, Cause: mesh.Failed}, {Kind: mesh.Pod, Cause: mesh.Failed}, {Kind: mesh.ProxyConfig, Namespace: "bar", Cause: mesh.Failed},
	} {
		f := newFake(t)
		r := f.reader(t, Options{})
		s := snapshot(t, r, r.Wants([]mesh.Gap{g}))
		noWrongSilence(t, f, s)
		if gaps := gapsIn(s, g.Kind, g.Namespace); len(gaps) > 0 {
			t.Errorf("%s of %q was read, and is still not known: %v", g.Kind, g.Namespace, gaps)
		}
	}
}

// A name that no namespace can have is not asked for: nothing is there.
func TestImpossibleNamespace(t *testing.T) {
	f := newFake(t)
	s := snapshot(t, f.reader(t, Options{}), Need{Namespaces: []string{"../../secrets", "Foo"}})
	for _, ns := range []string{"../../secrets", "Foo"} {
		if gaps := gapsIn(s, mesh.Pod, ns); len(gaps) > 0 {
			t.Errorf("pods of %q: %v, want none to be known", ns, gaps)
		}
	}
	for _, a := range f.Asked {
		if strings.Contains(a.Path, "..") || strings.Contains(a.Path, "Foo") {
			t.Errorf("asked for %s", a.Path)
		}
	}
}

func TestProgress(t *testing.T) {
	f := newFake(t)
	last, steps := "", 0
	r := f.reader(t, Options{Progress: func(done, total int, what string) {
		steps++
		if done != steps || done > total || what == "" {
			t.Errorf("step %d is %d of %d: %q", steps, done, total, what)
		}
		last = what
	}})
	snapshot(t, r, bothNeeded)
	if steps == 0 || last == "" {
		t.Error("no progress was told")
	}
}

func TestWantsGateways(t *testing.T) {
	f := newFake(t, "testdata/mesh.yaml", "testdata/gateway.yaml")
	r := f.reader(t, Options{})
	need := r.WantsGateways(snapshot(t, r, Need{Namespaces: []string{"bar"}}))
	// The ingress gateway's Service is in edge, the Gateway API's gateway in foo; no Service of other selects a gateway.
	if !slices.Equal(need.Namespaces, []string{"edge", "foo"}) {
		t.Errorf("wants %+v, want edge and foo", need)
	}
	if need = r.WantsGateways(snapshot(t, r, need)); !need.Empty() {
		t.Errorf("still wants %+v", need)
	}
	r = f.reader(t, Options{})
	if need = r.WantsGateways(snapshot(t, r, Need{All: true})); !need.Empty() {
		t.Errorf("wants %+v, though everything was read", need)
	}
}
