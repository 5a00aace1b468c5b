package cluster

import (
	"os"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// edited changes one object as the API server sends it.
func edited(kind mesh.Kind, name string, f func(object, spec map[string]any)) func(mesh.Kind, any) any {
	return func(k mesh.Kind, o any) any {
		object := o.(map[string]any)
		if k == kind && object["metadata"].(map[string]any)["name"] == name {
			spec, _ := object["spec"].(map[string]any)
			f(object, spec)
		}
		return object
	}
}

// An object that does not decode is a gap with its name, and all others are used.
func TestBrokenObjects(t *testing.T) {
	for _, row := range []struct {
		name   string
		edit   func(object, spec map[string]any)
		detail string
	}{
		{"an unknown value", func(_, spec map[string]any) { spec["action"] = "SHRUG" }, "SHRUG"},
		{"another type", func(_, spec map[string]any) { spec["rules"] = "all" }, `"all"`},
		{"a spec that is no object", func(object, _ map[string]any) { object["spec"] = 7 }, ""},
		{"metadata that is none", func(object, _ map[string]any) {
			object["metadata"] = map[string]any{"name": "allow-ip", "namespace": "bar", "labels": 3}
		}, "labels"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			f.Edit = edited(mesh.AuthorizationPolicy, "allow-ip", row.edit)
			s := snapshot(t, f.reader(t, Options{}), bothNeeded)
			noWrongSilence(t, f, s)
			gaps := gapsIn(s, mesh.AuthorizationPolicy, "bar")
			if len(gaps) != 1 || gaps[0].Cause != mesh.Failed || gaps[0].Resource.ID() != "bar/allow-ip" || !strings.Contains(gaps[0].Detail, row.detail) {
				t.Errorf("gaps are %v, want one of bar/allow-ip with %q", gaps, row.detail)
			}
			if !s.Has(mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: "bar", Name: "allow-all"}) {
				t.Error("the rest of the list is gone")
			}
			if gaps := gapsIn(s, mesh.AuthorizationPolicy, "foo"); len(gaps) > 0 {
				t.Errorf("another namespace has gaps: %v", gaps)
			}
			if gaps := gapsIn(s, mesh.AuthorizationPolicy, "bar"); !newFake(t).reader(t, Options{}).Wants(gaps).Empty() {
				t.Error("it is wanted again")
			}
		})
	}
}

func TestNamelessObject(t *testing.T) {
	f := newFake(t)
	f.Edit = func(k mesh.Kind, o any) any {
		if k == mesh.Sidecar {
			return map[string]any{"spec": map[string]any{}}
		}
		return o
	}
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.Sidecar, "foo"); len(gaps) != 1 || gaps[0].Detail != "no metadata.name" {
		t.Errorf("gaps are %v", gaps)
	}
}

// Fields of a newer API do not break the reading. They are told of, as what they say is not in the snapshot.
func TestUnknownFields(t *testing.T) {
	for _, row := range []struct {
		kind   mesh.Kind
		name   string
		edit   func(object, spec map[string]any)
		detail string
	}{
		{mesh.AuthorizationPolicy, "allow-ip", func(_, spec map[string]any) { spec["moonPhase"] = "full" }, `unknown field "moonPhase"`},
		{mesh.HTTPRoute, "http", func(_, spec map[string]any) { spec["moonPhase"] = "full" }, `unknown field "spec.moonPhase"`},
		{mesh.HTTPRoute, "http", func(object, _ map[string]any) { object["status"] = map[string]any{"moonPhase": "full"} }, ""},
		{mesh.AuthorizationPolicy, "allow-ip", func(object, _ map[string]any) { object["moonPhase"] = "full" }, ""},
	} {
		f := newFake(t)
		f.Edit = edited(row.kind, row.name, row.edit)
		r := f.reader(t, Options{})
		s := snapshot(t, r, bothNeeded)
		if gaps := gapsIn(s, row.kind, "bar"); len(gaps) > 0 || !s.Has(mesh.Ref{Kind: row.kind, Namespace: "bar", Name: row.name}) {
			t.Errorf("%s: gaps %v, want it read", row.kind, gaps)
		}
		got := s.Newer
		if row.detail == "" && len(got) > 0 || row.detail != "" && (len(got) != 1 || got[0].Detail != row.detail || got[0].Resource.ID() != "bar/"+row.name) {
			t.Errorf("%s: unsupported are %v, want %q", row.kind, got, row.detail)
		}
	}
}

// An API server, or a proxy before it, that has no protobuf is read in JSON.
func TestJSONOnly(t *testing.T) {
	f := newFake(t)
	f.JSONOnly = true
	s := snapshot(t, f.reader(t, Options{}), Need{All: true})
	noWrongSilence(t, f, s)
	if !s.Services.Known() || !s.Pods.Known() || !s.EndpointSlices.Known() || s.Services.Len() != len(f.Objects[mesh.Service]) {
		t.Error("not everything was read")
	}
}

// The objects of the other tests leave no kind out that is read.
func TestMeshHasEveryKind(t *testing.T) {
	f := newFake(t)
	for _, k := range append(everywhere, local...) {
		if len(f.Objects[k]) == 0 {
			t.Errorf("testdata/mesh.yaml has no %s", k)
		}
	}
}

func FuzzDecodeList(f *testing.F) {
	f.Add("Pod", mediaProto, []byte("k8s\x00\x0a\x0d\x0a\x02v1\x12\x07PodList\x12\x00"))
	f.Add("Service", mediaProto, []byte("k8s\x00"))
	f.Add("VirtualService", acceptJSON, []byte(`{"kind":"VirtualServiceList","metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"},"spec":{"hosts":["a"]}},{"spec":1},null,{}]}`))
	f.Add("HTTPRoute", acceptJSON, []byte(`{"kind":"HTTPRouteList","items":[{"metadata":{"name":"a"},"spec":{"rules":[{"matches":[null]}]}}]}`))
	f.Add("ServiceEntry", acceptJSON, []byte(`{"kind":"ServiceEntryList","items":[{"metadata":{"name":"a"},"spec":null,"status":{"addresses":3}}]}`))
	f.Add("Pod", acceptJSON, []byte(`{"kind":"PodList","items":[{"metadata":{"name":"a"}}]}`))
	if data, err := os.ReadFile("testdata/mesh.yaml"); err == nil {
		f.Add("Pod", "application/yaml", data)
	}
	f.Fuzz(func(t *testing.T, kind, contentType string, data []byte) {
		task := task{kind: mesh.Kind(kind)}
		if _, ok := mesh.APIOf(task.kind); !ok {
			return
		}
		p, err := decodeList(task, body{data, contentType})
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		for _, o := range p.objects {
			if o.GetName() == "" {
				t.Error("an object without a name")
			}
		}
		for _, g := range p.broken {
			if unread(g) {
				t.Errorf("%v looks as if nobody had asked for it", g)
			}
		}
		_, _ = decodeObject(task, body{data, contentType})
	})
}
