package standin_test

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/standin"
)

// TestConfigured: what installers are told becomes the ConfigMap that they make of it.
func TestConfigured(t *testing.T) {
	there := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "istio"}, Data: map[string]string{"mesh": "trustDomain: own"}}
	for name, c := range map[string]struct {
		objects []string
		beside  []metav1.Object
		want    map[string]string // by namespace and name of ConfigMaps
	}{
		"an IstioOperator": {
			objects: []string{`{"apiVersion":"install.istio.io/v1alpha1","kind":"IstioOperator","spec":{"meshConfig":{"trustDomain":"a"}}}`},
			want:    map[string]string{"istio-system/istio": `{"rootNamespace":"istio-system","trustDomain":"a"}`},
		},
		"its values lie under its meshConfig": {
			objects: []string{`{"kind":"IstioOperator","spec":{"meshConfig":{"defaultConfig":{"a":1}},"values":{"meshConfig":{"trustDomain":"b","defaultConfig":{"a":2,"b":3}}}}}`},
			want:    map[string]string{"istio-system/istio": `{"defaultConfig":{"a":1,"b":3},"rootNamespace":"istio-system","trustDomain":"b"}`},
		},
		"a revision in a namespace of its own": {
			objects: []string{`{"kind":"IstioOperator","spec":{"namespace":"mesh","revision":"blue","meshConfig":{"rootNamespace":"root"}}}`},
			want:    map[string]string{"mesh/istio-blue": `{"rootNamespace":"root"}`},
		},
		"one that says nothing of the mesh config": {
			objects: []string{`{"kind":"IstioOperator","spec":{"profile":"minimal"}}`},
		},
		"an Istio of the Sail operator": {
			objects: []string{`{"kind":"Istio","metadata":{"name":"default"},"spec":{"namespace":"mesh","values":{"meshConfig":{"trustDomain":"c"}}}}`},
			want:    map[string]string{"mesh/istio": `{"rootNamespace":"mesh","trustDomain":"c"}`},
		},
		"one with a control plane for each version": {
			objects: []string{`{"kind":"Istio","metadata":{"name":"default"},"spec":{"version":"v1.30.2","updateStrategy":{"type":"RevisionBased"},"values":{"meshConfig":{"trustDomain":"c"}}}}`},
			want:    map[string]string{"istio-system/istio-default-v1-30-2": `{"rootNamespace":"istio-system","trustDomain":"c"}`},
		},
		"an IstioRevision counts before its Istio": {
			objects: []string{
				`{"kind":"IstioRevision","metadata":{"name":"default"},"spec":{"values":{"meshConfig":{"trustDomain":"d"}}}}`,
				`{"kind":"Istio","metadata":{"name":"default"},"spec":{"values":{"meshConfig":{"trustDomain":"c"}}}}`,
			},
			want: map[string]string{"istio-system/istio": `{"rootNamespace":"istio-system","trustDomain":"d"}`},
		},
		"a ConfigMap that is there counts": {
			objects: []string{`{"kind":"IstioOperator","spec":{"meshConfig":{"trustDomain":"a"}}}`},
			beside:  []metav1.Object{there},
			want:    map[string]string{"istio-system/istio": "trustDomain: own"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			objects := c.beside
			for _, text := range c.objects {
				o := &standin.Installation{}
				if err := json.Unmarshal([]byte(text), o); err != nil {
					t.Fatal(err)
				}
				objects = append(objects, o)
			}
			got := standin.Configured(objects)
			if len(got) != len(c.want) {
				t.Fatalf("got %d objects, want %d", len(got), len(c.want))
			}
			for _, o := range got {
				cm := o.(*corev1.ConfigMap)
				if want, ok := c.want[cm.Namespace+"/"+cm.Name]; !ok || cm.Data["mesh"] != want {
					t.Errorf("%s/%s: got %s, want %s", cm.Namespace, cm.Name, cm.Data["mesh"], want)
				}
			}
		})
	}
}
