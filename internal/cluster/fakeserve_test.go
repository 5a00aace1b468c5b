package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func (f *fake) serve(w http.ResponseWriter, r *http.Request, a asked) {
	var found []metav1.Object
	selector, _ := labels.Parse(a.labels)
	for _, o := range f.objects[a.api.Kind] {
		if (a.namespace == "" || o.GetNamespace() == a.namespace) && (a.name == "" || o.GetName() == a.name) && selector.Matches(labels.Set(o.GetLabels())) {
			found = append(found, o)
		}
	}
	proto := strings.Contains(r.Header.Get("Accept"), mediaProto) && !f.jsonOnly
	if a.name != "" {
		if len(found) == 0 {
			status(w, http.StatusNotFound, metav1.StatusReasonNotFound, a, fmt.Sprintf("%s %q not found", a.api.Plural, a.name))
			return
		}
		write(w, proto, a.api.Name(), found[0].(runtime.Object), f.json(a.api, found[0]))
		return
	}
	from, _ := strconv.Atoi(a.next)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	to := min(len(found), from+min(limit, f.pageSize))
	next := ""
	if to < len(found) {
		next = strconv.Itoa(to)
	}
	found = found[from:to]
	var list runtime.Object
	if entry := protobuf[a.api.Kind]; entry.list != nil {
		var items []runtime.Object
		for _, o := range found {
			items = append(items, o.(runtime.Object))
		}
		list = entry.list()
		_ = meta.SetList(list, items)
		m, _ := meta.ListAccessor(list)
		m.SetContinue(next)
	}
	items := []any{}
	for _, o := range found {
		items = append(items, f.json(a.api, o))
	}
	write(w, proto, a.api.Name()+"List", list, map[string]any{"kind": a.api.Name() + "List", "apiVersion": "v1",
		"metadata": map[string]any{"continue": next, "resourceVersion": "1"}, "items": items})
}

// json is an object as the API server sends it.
func (f *fake) json(api mesh.API, o metav1.Object) any {
	if raw, ok := encoded.Load(o); ok && f.edit == nil {
		return raw
	}
	data, _ := json.Marshal(o)
	var m map[string]any
	_ = json.Unmarshal(data, &m)
	m["kind"] = api.Name()
	if f.edit != nil {
		return f.edit(api.Kind, m)
	}
	data, _ = json.Marshal(m)
	encoded.Store(o, json.RawMessage(data))
	return m
}

// encoded keeps the JSON of objects, which are the same ones for many fakes.
var encoded sync.Map

func write(w http.ResponseWriter, proto bool, kind string, o runtime.Object, j any) {
	if m, ok := o.(interface{ Marshal() ([]byte, error) }); ok && proto {
		raw, _ := m.Marshal()
		envelope := runtime.Unknown{TypeMeta: runtime.TypeMeta{Kind: kind}, Raw: raw}
		data, _ := envelope.Marshal()
		w.Header().Set("Content-Type", mediaProto)
		_, _ = w.Write(append(slices.Clone(magic), data...))
		return
	}
	w.Header().Set("Content-Type", acceptJSON)
	_ = json.NewEncoder(w).Encode(j)
}

func (f *fake) deny(w http.ResponseWriter, a asked) {
	verb, scope := "list", "at the cluster scope"
	if a.name != "" {
		verb = "get"
	}
	if a.namespace != "" {
		scope = fmt.Sprintf("in the namespace %q", a.namespace)
	}
	status(w, http.StatusForbidden, metav1.StatusReasonForbidden, a, fmt.Sprintf("%s is forbidden: User \"me\" cannot %s resource %q in API group %q %s",
		a.api.Resource(), verb, a.api.Plural, a.api.Group, scope))
}

func status(w http.ResponseWriter, code int, reason metav1.StatusReason, a asked, message string) {
	w.Header().Set("Content-Type", acceptJSON)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(code), Reason: reason, Message: message, Details: &metav1.StatusDetails{Name: a.name, Kind: a.api.Plural}})
}

func (f *fake) group(w http.ResponseWriter, name string) {
	doc := metav1.APIGroup{TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: name}
	for _, v := range f.versionsOf(name) {
		doc.Versions = append(doc.Versions, metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + v, Version: v})
	}
	if len(doc.Versions) == 0 {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	write(w, false, "", nil, doc)
}

func (f *fake) versionsOf(group string) []string {
	var versions []string
	for _, api := range mesh.APIs() {
		if api.Group == group && !f.missing(api) && !slices.Contains(versions, f.version(api)) {
			versions = append(versions, f.version(api))
		}
	}
	return versions
}

func (f *fake) resources(w http.ResponseWriter, group, version string) {
	doc := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: group + "/" + version}
	for _, api := range mesh.APIs() {
		if api.Group == group && !f.missing(api) && f.version(api) == version {
			doc.APIResources = append(doc.APIResources, metav1.APIResource{Name: api.Plural, Kind: api.Name(), Namespaced: api.Namespaced})
		}
	}
	write(w, false, "", nil, doc)
}
