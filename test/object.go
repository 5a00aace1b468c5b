package test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// parse reads the documents of a file.
func parse(data []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc map[string]any
		switch err := d.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case len(doc) == 0:
			continue
		}
		data, err := json.Marshal(doc)
		if err != nil {
			return nil, err
		}
		o := &unstructured.Unstructured{}
		if err := o.UnmarshalJSON(data); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

// resources are the plurals of kinds that no snapshot holds.
var resources = map[string]string{"CustomResourceDefinition": "customresourcedefinitions", "ServiceAccount": "serviceaccounts",
	"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings", "Role": "roles", "RoleBinding": "rolebindings"}

// path is where an object is created; ok is false for kinds that nothing here needs.
func path(o *unstructured.Unstructured) (p string, ok bool) {
	gv, _ := schema.ParseGroupVersion(o.GetAPIVersion())
	plural := resources[o.GetKind()]
	if k, known := mesh.KindOf(gv.Group, o.GetKind()); known {
		api, _ := mesh.APIOf(k)
		plural, gv.Version = api.Plural, cmp.Or(gv.Version, api.Version)
	}
	p = "/apis/" + gv.String()
	if gv.Group == "" {
		p = "/api/" + gv.Version
	}
	if o.GetNamespace() != "" {
		p += "/namespaces/" + o.GetNamespace()
	}
	return p + "/" + plural, plural != ""
}

// oldestFirst is the order in which objects are created, so that they keep their ages among each other.
func oldestFirst(objects []*unstructured.Unstructured) {
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int {
		if a.GetKind() == "Namespace" != (b.GetKind() == "Namespace") {
			if a.GetKind() == "Namespace" {
				return -1
			}
			return 1
		}
		return a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time)
	})
}
