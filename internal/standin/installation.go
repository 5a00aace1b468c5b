package standin

import (
	"cmp"
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Installation is an object that tells an installer how a control plane is to be: an IstioOperator of istioctl, or an Istio or IstioRevision of the
// Sail operator (OpenShift Service Mesh 3). People keep the mesh config in it; in a cluster it stands in a ConfigMap that the installer makes of it.
type Installation struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Namespace  string         `json:"namespace"`
		Version    string         `json:"version"`
		Revision   string         `json:"revision"`
		MeshConfig map[string]any `json:"meshConfig"`
		Strategy   struct {
			Type string `json:"type"`
		} `json:"updateStrategy"`
		Values struct {
			Revision   string         `json:"revision"`
			MeshConfig map[string]any `json:"meshConfig"`
			Global     struct {
				Namespace string `json:"istioNamespace"`
			} `json:"global"`
		} `json:"values"`
	} `json:"spec"`
}

// NewInstallation returns an empty object of such a kind, to decode into; ok is false for other kinds.
func NewInstallation(group, kind string) (o *Installation, ok bool) {
	switch group + "/" + kind {
	case "install.istio.io/IstioOperator", "sailoperator.io/Istio", "sailoperator.io/IstioRevision":
		return &Installation{}, true
	}
	return nil, false
}

// Configured returns objects with the ConfigMap of the mesh config in place of each installation that has one. A ConfigMap of that name among the
// objects is what the installer made already, and counts; so does an IstioRevision before the Istio that it was made of.
func Configured(objects []metav1.Object) []metav1.Object {
	made := map[name]*corev1.ConfigMap{}
	there := map[name]bool{}
	var out []metav1.Object
	var order []name
	for _, o := range objects {
		switch x := o.(type) {
		case *corev1.ConfigMap:
			there[name{x.Namespace, x.Name}] = true
		case *Installation:
			cm := x.configMap()
			if cm == nil {
				continue
			}
			at := name{cm.Namespace, cm.Name}
			if made[at] == nil {
				order = append(order, at)
			} else if x.Kind == "Istio" {
				continue
			}
			made[at] = cm
			continue
		}
		out = append(out, o)
	}
	for _, at := range order {
		if !there[at] {
			out = append(out, made[at])
		}
	}
	return out
}

// configMap is the mesh config as the installer writes it: spec.meshConfig over values.meshConfig, with the control plane's namespace as root namespace
// unless it names one (charts/istio-control/istio-discovery, templates/configmap.yaml). It is nil where the installation says nothing of it.
func (x *Installation) configMap() *corev1.ConfigMap {
	config := overlaid(x.Spec.Values.MeshConfig, x.Spec.MeshConfig)
	if len(config) == 0 {
		return nil
	}
	namespace := cmp.Or(x.Spec.Namespace, x.Spec.Values.Global.Namespace, mesh.DefaultRootNamespace)
	if _, set := config["rootNamespace"]; !set {
		config["rootNamespace"] = namespace
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil // what came from JSON goes back into it
	}
	cm := &corev1.ConfigMap{Data: map[string]string{"mesh": string(text)}}
	cm.Namespace, cm.Name, cm.CreationTimestamp = namespace, "istio", x.CreationTimestamp
	if rev := x.revision(); rev != "" && rev != "default" {
		cm.Name += "-" + rev
	}
	return cm
}

// revision is that of the control plane. The Sail operator names it after the object, with the version behind where each version gets a control plane of
// its own.
func (x *Installation) revision() string {
	switch {
	case x.Kind == "Istio" && x.Spec.Strategy.Type == "RevisionBased":
		return x.Name + "-" + strings.ReplaceAll(x.Spec.Version, ".", "-")
	case x.Kind == "Istio", x.Kind == "IstioRevision":
		return x.Name
	}
	return cmp.Or(x.Spec.Revision, x.Spec.Values.Revision)
}

// overlaid returns the fields of both; where both have one, those of over count, object by object.
func overlaid(under, over map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		a, below := out[k].(map[string]any)
		b, object := v.(map[string]any)
		if below && object {
			v = overlaid(a, b)
		}
		out[k] = v
	}
	return out
}
