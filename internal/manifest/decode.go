package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "sigs.k8s.io/json"

	"github.com/mesh-why/mesh-why/internal/standin"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// head is what tells an object's kind and name before it is decoded.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Continue  string `json:"continue"` // of a List
	} `json:"metadata"`
	Items []struct{} `json:"items"` // there only where they are no list
}

func (h head) isCoverage() bool { return h.APIVersion == CoverageVersion && h.Kind == CoverageKind }

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
	document *document // the others come from it; its position is that of an error
	object   metav1.Object
	legacy   *unstructured.Unstructured
	coverage *Coverage
	ends     *parent // it is a List, which tells this of its items
	waits    bool    // it is an item of a List that has not told the kind yet
	size     int     // bytes of memory that it takes
	err      error
}

// read decodes a document. Namespace is that of objects that name none.
func read(d *document, namespace string) piece {
	p := piece{document: d}
	if d.list != nil && d.of.kind == "" && !d.hasKind() {
		p.waits, p.size = true, len(d.json)+len(d.head)+waiting
		return p
	}
	if p.err = p.decode(d, namespace); p.err != nil {
		p.err = fmt.Errorf("%s: %w", d.at, p.err)
	}
	p.size = sizeOf(p.object) + sizeOf(p.legacy)
	return p
}

// waiting is about what it takes to hold a document, beside its text.
const waiting = 256

func (p *piece) decode(d *document, namespace string) error {
	raw, h, err := d.typed()
	if err != nil {
		return fmt.Errorf("not a Kubernetes object: %s", problem(err))
	}
	switch {
	case h.Kind == "" || h.APIVersion == "":
		return errors.New("not a Kubernetes object: it needs apiVersion and kind")
	case strings.HasSuffix(h.Kind, "List") && d.ends != nil:
		p.ends = &parent{h.Kind, h.APIVersion}
		if h.Metadata.Continue != "" {
			return errors.New("the List is not whole: the API server had more to give (metadata.continue); kubectl get asks for all of it")
		}
		return nil
	case h.isCoverage():
		if p.coverage, err = readCoverage(raw); err != nil {
			return fmt.Errorf("%s: %s", CoverageKind, fieldError(err))
		}
		return nil
	case legacyGroups[h.group()]:
		p.legacy = &unstructured.Unstructured{}
		if err := json.Unmarshal(raw, &p.legacy.Object); err != nil {
			return fmt.Errorf("%s: %s", h, problem(err))
		}
		return nil
	}
	if o, ok := standin.NewInstallation(h.group(), h.Kind); ok {
		// istioctl takes files without a name.
		if err := json.Unmarshal(raw, o); err != nil {
			return fmt.Errorf("%s: %s", h, problem(err))
		}
		p.object = o
		return nil
	}
	if o, ok := standin.New(h.group(), h.Kind); ok {
		p.object, err = into(o, raw, h)
		return inNamespace(p.object, namespace, err)
	}
	kind, ok := mesh.KindOf(h.group(), h.Kind)
	if !ok {
		return unknownKind(h)
	}
	if err := unknownVersion(h); err != nil {
		return err
	}
	p.object, err = decode(raw, h, kind, namespace)
	return err
}

// hasKind reports whether the document says what it is.
func (d *document) hasKind() bool {
	var h head
	return d.head != nil && (json.Unmarshal(d.head, &h) != nil || h.Kind != "")
}

// typed returns the document as JSON with its head. An item of a PodList and the like gets its kind, which the API server leaves out there.
func (d *document) typed() (raw []byte, h head, err error) {
	if d.head == nil {
		return nil, h, json.Unmarshal(d.json, &h)
	}
	if err := json.Unmarshal(d.head, &h); err != nil || h.Kind != "" || d.of.itemKind() == "" {
		return d.json, h, err
	}
	h.Kind = d.of.itemKind()
	raw, _ = json.Marshal(h.Kind) // a string always marshals
	raw = append([]byte(`{"kind":`), raw...)
	if h.APIVersion == "" {
		h.APIVersion = d.of.apiVersion
		version, _ := json.Marshal(h.APIVersion)
		raw = append(append(raw, `,"apiVersion":`...), version...)
	}
	if rest := d.json[1:]; rest[0] != '}' {
		raw = append(raw, ',')
	}
	return append(raw, d.json[1:]...), h, nil
}

func decode(raw []byte, h head, kind mesh.Kind, namespace string) (metav1.Object, error) {
	o, _ := mesh.NewObject(kind)
	o, err := into(o, raw, h)
	if err != nil {
		return nil, err
	}
	if api, _ := mesh.APIOf(kind); !api.Namespaced {
		o.SetNamespace("")
		return o, nil
	}
	return o, inNamespace(o, namespace, nil)
}

// inNamespace puts an object that names no namespace into one.
func inNamespace(o metav1.Object, namespace string, err error) error {
	if err == nil && o.GetNamespace() == "" {
		o.SetNamespace(namespace)
	}
	return err
}

// into decodes an object.
func into(o metav1.Object, raw []byte, h head) (metav1.Object, error) {
	if h.Metadata.Name == "" {
		return nil, fmt.Errorf("%s has no metadata.name", h.Kind)
	}
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
	return mesh.Trim(o), nil
}
