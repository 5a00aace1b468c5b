package mesh

import (
	"encoding/json"
	"maps"
	"regexp"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Without returns a copy of the snapshot without what references point at, and whether any of it was there: an annotation or a label of a
// pod or a Service, a field of the mesh config, else the whole object.
func (s *Snapshot) Without(refs ...Ref) (*Snapshot, bool) {
	var objects []Ref
	found := false
	for _, r := range refs {
		if !s.isPart(r) {
			objects = append(objects, r.Object())
			continue
		}
		less, ok := s.withoutPart(r)
		s, found = less, found || ok
	}
	if len(objects) > 0 {
		less, ok := s.Drop(objects...)
		s, found = less, found || ok
	}
	return s, found
}

// isPart reports whether a reference points at what can be taken out of an object, and not at the object as a whole.
func (s *Snapshot) isPart(r Ref) bool {
	there := r.Kind == MeshConfig
	switch {
	case r.Kind == Pod && keyedField.MatchString(r.Field):
		_, there, _ = s.Pods.Get(r.Namespace, r.Name)
	case r.Kind == Service && keyedField.MatchString(r.Field):
		_, there, _ = s.Services.Get(r.Namespace, r.Name)
	}
	return there
}

func (s *Snapshot) withoutPart(r Ref) (*Snapshot, bool) {
	switch r.Kind {
	case MeshConfig:
		return s.withoutConfig(r)
	case Pod:
		pod, _, _ := s.Pods.Get(r.Namespace, r.Name)
		c := pod.DeepCopy()
		return s.putIf(c, dropKey(&c.ObjectMeta, r.Field))
	default:
		svc, _, _ := s.Services.Get(r.Namespace, r.Name)
		c := svc.DeepCopy()
		return s.putIf(c, dropKey(&c.ObjectMeta, r.Field))
	}
}

func (s *Snapshot) putIf(o metav1.Object, ok bool) (*Snapshot, bool) {
	if !ok {
		return s, false
	}
	return s.Put(o), true
}

var keyedField = regexp.MustCompile(`^metadata\.(annotations|labels)\[([^\]]+)\]`)

func dropKey(meta *metav1.ObjectMeta, field string) bool {
	m := keyedField.FindStringSubmatch(field)
	of := &meta.Annotations
	if m[1] == "labels" {
		of = &meta.Labels
	}
	_, ok := (*of)[m[2]]
	*of = maps.Clone(*of)
	delete(*of, m[2])
	return ok
}

// withoutConfig takes a field out of the ConfigMap with the mesh config, or out of a list in it.
func (s *Snapshot) withoutConfig(r Ref) (*Snapshot, bool) {
	cm, ok, _ := s.ConfigMaps.Get(r.Namespace, r.Name)
	if !ok {
		return s, false
	}
	if r.Field == "" {
		return s.Drop(Ref{Kind: ConfigMap, Namespace: r.Namespace, Name: r.Name})
	}
	var config map[string]any
	if j, err := configJSON(cm.Data["mesh"]); err != nil || json.Unmarshal(j, &config) != nil {
		return s, false
	}
	var path []any
	for _, part := range strings.Split(r.Field, ".") {
		name, index, indexed := strings.Cut(part, "[")
		path = append(path, name)
		if n, err := strconv.Atoi(strings.TrimSuffix(index, "]")); indexed && err == nil {
			path = append(path, n)
			break // an entry of a list goes as a whole
		}
	}
	if !dropPath(config, path) {
		return s, false
	}
	data, err := json.Marshal(config)
	if err != nil {
		return s, false
	}
	c := cm.DeepCopy()
	c.Data = maps.Clone(cm.Data)
	c.Data["mesh"] = string(data)
	return s.Put(c), true
}

// dropPath deletes what a path of names and indexes leads to.
func dropPath(at map[string]any, path []any) bool {
	name, _ := path[0].(string)
	v, ok := at[name]
	if !ok {
		return false
	}
	if len(path) == 1 {
		delete(at, name)
		return true
	}
	if i, isIndex := path[1].(int); isIndex {
		list, _ := v.([]any)
		if i >= len(list) {
			return false
		}
		at[name] = append(append([]any{}, list[:i]...), list[i+1:]...)
		return true
	}
	next, _ := v.(map[string]any)
	return next != nil && dropPath(next, path[1:])
}
