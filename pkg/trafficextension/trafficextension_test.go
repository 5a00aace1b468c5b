package trafficextension

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	api "istio.io/client-go/pkg/apis/extensions/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TestChains goes through testdata: extensions, and which of them stand in the chains of a workload in namespace foo, in order.
func TestChains(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		var all []Extension
		for _, doc := range strings.Split(c.File("extensions.yaml"), "\n---\n") {
			e, ok := parse(t, doc)
			if !ok {
				continue
			}
			all = append(all, e)
		}
		Sort(all, "foo", "istio-system")
		var b strings.Builder
		for _, at := range strings.Fields(c.File("chains")) {
			side, port, _ := strings.Cut(at, ":")
			n, err := strconv.Atoi(port)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s:", at)
			for _, e := range all {
				if e.At(side == "client", n) {
					fmt.Fprintf(&b, " %s", describe(e))
				}
			}
			b.WriteByte('\n')
		}
		c.Check(t, "filters", b.String())
	})
}

func parse(t *testing.T, doc string) (Extension, bool) {
	t.Helper()
	var kind struct{ Kind string }
	if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
		t.Fatal(err)
	}
	if kind.Kind == "WasmPlugin" {
		var p api.WasmPlugin
		if err := yaml.UnmarshalStrict([]byte(doc), &p); err != nil {
			t.Fatal(err)
		}
		return OfPlugin(mesh.Ref{Kind: mesh.WasmPlugin, Namespace: p.Namespace, Name: p.Name}, p.CreationTimestamp.Time, &p.Spec)
	}
	var x api.TrafficExtension
	if err := yaml.UnmarshalStrict([]byte(doc), &x); err != nil {
		t.Fatal(err)
	}
	return OfExtension(mesh.Ref{Kind: mesh.TrafficExtension, Namespace: x.Namespace, Name: x.Name}, x.CreationTimestamp.Time, &x.Spec)
}

func describe(e Extension) string {
	s := e.Ref.Name + "@" + [...]string{"authn", "authz", "stats", "last"}[e.Phase]
	if e.Network {
		s += ",network"
	}
	if e.Failure == Open {
		s += ",open"
	}
	if e.Lua != "" {
		s += ",lua"
	}
	if e.Local() {
		s += ",local"
	}
	return s
}

func TestFilterName(t *testing.T) {
	plugin := Extension{Ref: mesh.Ref{Kind: mesh.WasmPlugin, Namespace: "foo", Name: "w"}}
	for _, x := range []struct {
		e          Extension
		translated bool
		want       string
	}{
		{plugin, false, "extensions.istio.io/wasmplugin/foo.w"},
		{plugin, true, "extensions.istio.io/trafficextension/foo.w~istio-translated-wasmplugin"},
		{Extension{Ref: mesh.Ref{Kind: mesh.TrafficExtension, Namespace: "foo", Name: "t"}}, true, "extensions.istio.io/trafficextension/foo.t"},
	} {
		if got := x.e.FilterName(x.translated); got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
	}
}

func TestLongScript(t *testing.T) {
	doc := func(n int) string {
		return "kind: TrafficExtension\nmetadata: {name: t}\nspec: {lua: {inlineCode: \"" + strings.Repeat("x", n) + "\"}}"
	}
	if _, ok := parse(t, doc(longest)); !ok {
		t.Error("a script of 64 KiB is discarded")
	}
	if _, ok := parse(t, doc(longest+1)); ok {
		t.Error("a longer script is taken")
	}
}
