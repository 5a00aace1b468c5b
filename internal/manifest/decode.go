package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "sigs.k8s.io/json"

	"github.com/mesh-why/mesh-why/internal/near"
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

// contents collects what the files hold.
type contents struct {
	namespace string // of objects that name none
	objects   []metav1.Object
	legacy    []*unstructured.Unstructured
	newer     []mesh.Gap
	readings  map[mesh.Kind]mesh.Reading // nil where no document tells; all was read then
	forced    *mesh.Release
}

// add decodes a document and keeps what a decision reads.
func (c *contents) add(d document) error {
	var h head
	if err := json.Unmarshal(d.json, &h); err != nil {
		return fmt.Errorf("%s: not a Kubernetes object: %s", d.at, problem(err))
	}
	if h.Kind == "" || h.APIVersion == "" {
		return fmt.Errorf("%s: not a Kubernetes object: it needs apiVersion and kind", d.at)
	}
	if strings.HasSuffix(h.Kind, "List") && h.Items != nil {
		return c.addItems(d, h)
	}
	if is, err := c.cover(d, h); is {
		return err
	}
	if legacyGroups[h.group()] {
		u := &unstructured.Unstructured{}
		if err := json.Unmarshal(d.json, &u.Object); err != nil {
			return fmt.Errorf("%s: %s: %s", d.at, h, problem(err))
		}
		c.legacy = append(c.legacy, u)
		return nil
	}
	kind, ok := mesh.KindOf(h.group(), h.Kind)
	if !ok {
		return unknownKind(d, h)
	}
	o, err := c.decode(d, h, kind)
	if err != nil {
		return err
	}
	if len(c.objects) >= maxObjects {
		return fmt.Errorf("%s: more than %d objects", d.at, maxObjects)
	}
	c.objects = append(c.objects, o)
	return nil
}

func (c *contents) addItems(d document, h head) error {
	var errs []error
	for i, raw := range h.Items {
		at := d.at
		at.item = i + 1
		raw, err := typed(raw, h)
		if err != nil {
			err = fmt.Errorf("%s: not a Kubernetes object: %s", at, problem(err))
		} else {
			err = c.add(document{json: raw, at: at})
		}
		if err == nil {
			continue
		}
		if errs = append(errs, err); len(errs) > 20 {
			break
		}
	}
	return errors.Join(errs...)
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
	return fmt.Errorf("%s: %s: the group %s has no kind %s%s", d.at, h, h.group(), h.Kind, near.Hint(h.Kind, kinds))
}

// typed gives an item of a PodList its kind, which the API server leaves out there.
func typed(raw json.RawMessage, list head) (json.RawMessage, error) {
	if list.Kind == "List" {
		return raw, nil
	}
	var h head
	if err := json.Unmarshal(raw, &h); err != nil || h.Kind != "" {
		return raw, err
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	o["kind"], _ = json.Marshal(strings.TrimSuffix(list.Kind, "List"))
	o["apiVersion"], _ = json.Marshal(list.APIVersion)
	return json.Marshal(o)
}

func (c *contents) decode(d document, h head, kind mesh.Kind) (metav1.Object, error) {
	if h.Metadata.Name == "" {
		return nil, fmt.Errorf("%s: %s has no metadata.name", d.at, h.Kind)
	}
	o, _ := mesh.NewObject(kind)
	if istioGroups[h.group()] {
		if err := checkFields(d.json, o); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", d.at, h, err)
		}
	}
	if err := utiljson.UnmarshalCaseSensitivePreserveInts(d.json, o); err != nil {
		return nil, fmt.Errorf("%s: %s: %s", d.at, h, problem(err))
	}
	api, _ := mesh.APIOf(kind)
	switch {
	case !api.Namespaced:
		o.SetNamespace("")
	case o.GetNamespace() == "":
		o.SetNamespace(c.namespace)
	}
	return mesh.Trim(o), nil
}
