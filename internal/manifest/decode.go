package manifest

import (
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "sigs.k8s.io/json"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// head is what tells an object's kind and name before it is decoded.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

func (h head) group() string {
	group, _, found := strings.Cut(h.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

func (h head) String() string {
	if h.Metadata.Namespace == "" {
		return h.Kind + " " + h.Metadata.Name
	}
	return h.Kind + " " + h.Metadata.Namespace + "/" + h.Metadata.Name
}

// legacyGroups hold the kinds that Istio 1.6 removed.
var legacyGroups = map[string]bool{"authentication.istio.io": true, "rbac.istio.io": true}

// istioGroups are decoded strictly.
var istioGroups = map[string]bool{"security.istio.io": true, "networking.istio.io": true, "extensions.istio.io": true}

// piece is what a document comes to: one of these, or nothing where no decision reads it.
type piece struct {
	object   metav1.Object
	legacy   *unstructured.Unstructured
	coverage *coverage
	items    []document // of a List
}

// read decodes a document. Namespace is that of objects that name none.
func read(d document, namespace string) (piece, error) {
	raw, err := typed(d)
	if err != nil {
		return piece{}, fmt.Errorf("%s: not a Kubernetes object: %s", d.at, problem(err))
	}
	h, err := headOf(d, raw)
	if err != nil {
		return piece{}, fmt.Errorf("%s: not a Kubernetes object: %s", d.at, problem(err))
	}
	if h.Kind == "" || h.APIVersion == "" {
		return piece{}, fmt.Errorf("%s: not a Kubernetes object: it needs apiVersion and kind", d.at)
	}
	if strings.HasSuffix(h.Kind, "List") && h.Items != nil {
		return listed(d, h)
	}
	if h.APIVersion == coverageVersion && h.Kind == coverageKind {
		doc, err := readCoverage(raw)
		if err != nil {
			return piece{}, fmt.Errorf("%s: %s: %s", d.at, coverageKind, fieldError(err))
		}
		return piece{coverage: doc}, nil
	}
	if legacyGroups[h.group()] {
		u := &unstructured.Unstructured{}
		if err := json.Unmarshal(raw, &u.Object); err != nil {
			return piece{}, fmt.Errorf("%s: %s: %s", d.at, h, problem(err))
		}
		return piece{legacy: u}, nil
	}
	kind, ok := mesh.KindOf(h.group(), h.Kind)
	if !ok {
		return piece{}, unknownKind(d, h)
	}
	o, err := decode(raw, h, kind, namespace)
	if err != nil {
		return piece{}, fmt.Errorf("%s: %w", d.at, err)
	}
	return piece{object: o}, nil
}

func headOf(d document, raw []byte) (h head, err error) {
	if d.items == nil {
		err = json.Unmarshal(raw, &h)
		return h, err
	}
	err = json.Unmarshal(d.rest, &h)
	h.Items = d.items
	return h, err
}

// listed takes a List apart.
func listed(d document, h head) (piece, error) {
	if len(h.Items) > maxObjects {
		return piece{}, fmt.Errorf("%s: %w", d.at, errTooMany)
	}
	of := h
	of.Items = nil
	items := make([]document, len(h.Items))
	for i, raw := range h.Items {
		items[i] = document{json: raw, at: d.at, list: &of}
		items[i].at.item = i + 1
	}
	return piece{items: items}, nil
}

// unknownKind is an error for a kind that Istio does not have; of its own groups it has few, and one that is misspelled would be left out
// without a word. Kinds of other groups are no concern of ours.
func unknownKind(d document, h head) error {
	if !istioGroups[h.group()] || h.Kind == "WorkloadGroup" || strings.HasSuffix(h.Kind, "List") {
		return nil
	}
	var kinds []string
	for _, a := range mesh.APIs() {
		if a.Group == h.group() {
			kinds = append(kinds, a.Name())
		}
	}
	return fmt.Errorf("%s: %s: the group %s has no kind %s%s", d.at, h, h.group(), h.Kind, suggest.Hint(h.Kind, kinds))
}

// typed gives an item of a PodList its kind, which the API server leaves out there.
func typed(d document) (json.RawMessage, error) {
	if d.list == nil || d.list.Kind == "List" {
		return d.json, nil
	}
	var h head
	if err := json.Unmarshal(d.json, &h); err != nil || h.Kind != "" {
		return d.json, err
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(d.json, &o); err != nil {
		return nil, err
	}
	o["kind"], _ = json.Marshal(strings.TrimSuffix(d.list.Kind, "List"))
	o["apiVersion"], _ = json.Marshal(d.list.APIVersion)
	return json.Marshal(o)
}

func decode(raw []byte, h head, kind mesh.Kind, namespace string) (metav1.Object, error) {
	if h.Metadata.Name == "" {
		return nil, fmt.Errorf("%s has no metadata.name", h.Kind)
	}
	o, _ := mesh.NewObject(kind)
	if istioGroups[h.group()] {
		if err := checkFields(raw, o); err != nil {
			return nil, fmt.Errorf("%s: %w", h, err)
		}
	}
	if err := utiljson.UnmarshalCaseSensitivePreserveInts(raw, o); err != nil {
		return nil, fmt.Errorf("%s: %s", h, problem(err))
	}
	if o.GetName() == "" { // the head does not heed the case of letters, an API server does
		return nil, fmt.Errorf("%s has no metadata.name", h.Kind)
	}
	api, _ := mesh.APIOf(kind)
	switch {
	case !api.Namespaced:
		o.SetNamespace("")
	case o.GetNamespace() == "":
		o.SetNamespace(namespace)
	}
	return mesh.Trim(o), nil
}
