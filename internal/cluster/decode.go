package cluster

import (
	"encoding/json"
	"fmt"
	"mime"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "sigs.k8s.io/json"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// decodeList decodes a page of a list. An object that does not decode is a gap; the others are used.
func decodeList(t task, b body) (page, error) {
	kind, media, err := kindAndMedia(t, b)
	if err != nil {
		return page{}, err
	}
	if media == mediaProto {
		return decodeProtoList(t, b.data)
	}
	list, err := readList(kind, b.data)
	if err != nil {
		return page{}, err
	}
	p := page{next: list.metadata.Continue}
	for _, raw := range list.items {
		p.add(t, raw)
	}
	return p, p.whole(t, &list.metadata)
}

// whole reports whether a page is what was asked for: a part of one list, with a way to its other parts. A proxy, a cache or a broken
// extension of the API server may say otherwise, and what it leaves out would be taken for not existing.
func (p *page) whole(t task, m metav1.ListInterface) error {
	if left := m.GetRemainingItemCount(); left != nil && *left > 0 && m.GetContinue() == "" {
		return fmt.Errorf("%d more items are said to follow, and there is no way to them", *left)
	}
	for _, o := range p.objects {
		if err := t.takes(o.GetNamespace(), o.GetName()); err != nil {
			return err
		}
	}
	for _, g := range p.broken {
		if err := t.takes(g.Namespace, ""); err != nil {
			return err
		}
	}
	return nil
}

// decodeObject decodes one object; where it does not decode nothing is known.
func decodeObject(t task, b body) (page, error) {
	kind, media, err := kindAndMedia(t, b)
	if err != nil {
		return page{}, err
	}
	if media == mediaProto {
		return decodeProtoObject(t, b.data)
	}
	var head metav1.TypeMeta
	if err := json.Unmarshal(b.data, &head); err != nil {
		return page{}, err
	}
	if head.Kind != kind {
		return page{}, fmt.Errorf("want a %s, got kind %q", kind, head.Kind)
	}
	var p page
	p.add(t, b.data)
	return p, p.whole(t, &metav1.ListMeta{})
}

func kindAndMedia(t task, b body) (kind, media string, err error) {
	api, _ := mesh.APIOf(t.kind)
	media, _, err = mime.ParseMediaType(b.contentType)
	if err != nil || media != acceptJSON && media != mediaProto {
		return "", "", fmt.Errorf("unexpected content type %q", b.contentType)
	}
	return api.Name(), media, nil
}

// add decodes an item. Newer fields than those that are known must not break the reading; they are told of.
func (p *page) add(t task, raw json.RawMessage) {
	empty, _ := mesh.NewObject(t.kind)
	o, unknown, err := decodeItem(reflect.TypeOf(empty).Elem(), raw)
	if err == nil && o.GetName() == "" {
		err = fmt.Errorf("no metadata.name")
	}
	if err != nil {
		p.broken = append(p.broken, undecoded(t, raw, err))
		return
	}
	if unknown != "" {
		ref := mesh.Ref{Kind: t.kind, Namespace: o.GetNamespace(), Name: o.GetName()}
		p.unknown = append(p.unknown, mesh.Gap{Kind: t.kind, Namespace: ref.Namespace, Cause: mesh.Unsupported, Resource: ref, Detail: unknown})
	}
	p.objects = append(p.objects, mesh.Scaled(mesh.Trim(o)))
}

// undecoded names an object as far as its head can be read.
func undecoded(t task, raw json.RawMessage, err error) mesh.Gap {
	var head struct {
		Metadata struct{ Name, Namespace string }
	}
	g := mesh.Gap{Kind: t.kind, Namespace: t.namespace, Cause: mesh.Failed, Detail: err.Error()}
	if json.Unmarshal(raw, &head) == nil && head.Metadata.Name != "" {
		g.Namespace = head.Metadata.Namespace
		g.Resource = mesh.Ref{Kind: t.kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
	}
	return g
}

// decodeItem decodes an object and names a field of its spec that is not known.
func decodeItem(kind reflect.Type, raw json.RawMessage) (o metav1.Object, unknown string, err error) {
	v := reflect.New(kind)
	o = v.Interface().(metav1.Object)
	if spec, ok := specMessage(v); ok {
		unknown, err = decodeIstio(v, spec, raw)
		return o, unknown, err
	}
	strict, err := utiljson.UnmarshalStrict(raw, v.Interface(), utiljson.DisallowUnknownFields)
	for _, e := range strict {
		if strings.Contains(e.Error(), `"spec.`) {
			return o, e.Error(), err
		}
	}
	return o, "", err
}
