package clustertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const (
	mediaJSON  = "application/json"
	mediaProto = "application/vnd.kubernetes.protobuf"
)

// magic begins whatever is sent as protobuf (k8s.io/apimachinery, pkg/runtime/serializer/protobuf).
var magic = []byte("k8s\x00")

// lists are the kinds that are sent as protobuf to who takes it; kinds of CustomResourceDefinitions are sent as JSON alone.
var lists = map[mesh.Kind]func() runtime.Object{
	mesh.Namespace:     func() runtime.Object { return &corev1.NamespaceList{} },
	mesh.Node:          func() runtime.Object { return &corev1.NodeList{} },
	mesh.Pod:           func() runtime.Object { return &corev1.PodList{} },
	mesh.Service:       func() runtime.Object { return &corev1.ServiceList{} },
	mesh.ConfigMap:     func() runtime.Object { return &corev1.ConfigMapList{} },
	mesh.EndpointSlice: func() runtime.Object { return &discoveryv1.EndpointSliceList{} },
	mesh.Ingress:       func() runtime.Object { return &networkingv1.IngressList{} },
	mesh.IngressClass:  func() runtime.Object { return &networkingv1.IngressClassList{} },
	mesh.NetworkPolicy: func() runtime.Object { return &networkingv1.NetworkPolicyList{} },
}

func (f *Server) serve(w http.ResponseWriter, r *http.Request, a Asked) {
	var found []metav1.Object
	selector, _ := labels.Parse(a.Labels)
	for _, o := range f.Objects[a.API.Kind] {
		if (a.Namespace == "" || o.GetNamespace() == a.Namespace) && (a.Name == "" || o.GetName() == a.Name) && selector.Matches(labels.Set(o.GetLabels())) {
			found = append(found, o)
		}
	}
	proto := strings.Contains(r.Header.Get("Accept"), mediaProto) && !f.JSONOnly
	if a.Name != "" {
		if len(found) == 0 {
			Status(w, http.StatusNotFound, metav1.StatusReasonNotFound, a, fmt.Sprintf("%s %q not found", a.API.Plural, a.Name))
			return
		}
		write(w, proto, a.API.Name(), found[0].(runtime.Object), f.json(a.API, found[0]))
		return
	}
	from, _ := strconv.Atoi(a.Next)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	to := min(len(found), from+min(limit, f.PageSize))
	next := ""
	if to < len(found) {
		next = strconv.Itoa(to)
	}
	left := int64(len(found) - to)
	found = found[from:to]
	list := metav1.ListMeta{ResourceVersion: "1", Continue: next}
	if left > 0 && a.Labels == "" {
		list.RemainingItemCount = &left
	}
	items := []any{}
	for _, o := range found {
		items = append(items, f.json(a.API, o))
	}
	write(w, proto, a.API.Name()+"List", listOf(a.API.Kind, found, list), map[string]any{"kind": a.API.Name() + "List", "apiVersion": "v1", "metadata": list, "items": items})
}

// listOf is a list as it is sent in protobuf; nil for kinds that are not.
func listOf(k mesh.Kind, found []metav1.Object, m metav1.ListMeta) runtime.Object {
	if lists[k] == nil {
		return nil
	}
	list := lists[k]()
	var items []runtime.Object
	for _, o := range found {
		items = append(items, o.(runtime.Object))
	}
	_ = meta.SetList(list, items)
	into, _ := meta.ListAccessor(list)
	into.SetContinue(m.Continue)
	into.SetRemainingItemCount(m.RemainingItemCount)
	return list
}

// json is an object as the API server sends it.
func (f *Server) json(api mesh.API, o metav1.Object) any {
	if raw, ok := encoded.Load(o); ok && f.Edit == nil {
		return raw
	}
	data, _ := json.Marshal(o)
	var m map[string]any
	_ = json.Unmarshal(data, &m)
	m["kind"] = api.Name()
	if f.Edit != nil {
		return f.Edit(api.Kind, m)
	}
	data, _ = json.Marshal(m)
	encoded.Store(o, json.RawMessage(data))
	return m
}

// encoded keeps the JSON of objects, which are the same ones for many servers.
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
	w.Header().Set("Content-Type", mediaJSON)
	_ = json.NewEncoder(w).Encode(j)
}

func (f *Server) deny(w http.ResponseWriter, a Asked) {
	verb, scope := "list", "at the cluster scope"
	if a.Name != "" {
		verb = "get"
	}
	if a.Namespace != "" {
		scope = fmt.Sprintf("in the namespace %q", a.Namespace)
	}
	Status(w, http.StatusForbidden, metav1.StatusReasonForbidden, a, fmt.Sprintf("%s is forbidden: User \"me\" cannot %s resource %q in API group %q %s",
		a.API.Resource(), verb, a.API.Plural, a.API.Group, scope))
}

// Status answers as an API server says no.
func Status(w http.ResponseWriter, code int, reason metav1.StatusReason, a Asked, message string) {
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(code), Reason: reason, Message: message, Details: &metav1.StatusDetails{Name: a.Name, Kind: a.API.Plural}})
}

// groups lists the API groups that are there, as /apis does.
func (f *Server) groups(w http.ResponseWriter) {
	doc := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	seen := map[string]bool{"": true}
	for _, api := range mesh.APIs() {
		if !seen[api.Group] && len(f.versionsOf(api.Group)) > 0 {
			doc.Groups = append(doc.Groups, f.groupOf(api.Group))
		}
		seen[api.Group] = true
	}
	write(w, false, "", nil, doc)
}

func (f *Server) groupOf(name string) metav1.APIGroup {
	doc := metav1.APIGroup{TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: name}
	for _, v := range f.versionsOf(name) {
		doc.Versions = append(doc.Versions, metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + v, Version: v})
	}
	return doc
}

func (f *Server) group(w http.ResponseWriter, name string) {
	doc := f.groupOf(name)
	if len(doc.Versions) == 0 {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	write(w, false, "", nil, doc)
}

func (f *Server) versionsOf(group string) []string {
	var versions []string
	for _, api := range mesh.APIs() {
		if api.Group == group && !f.Missing(api) && !slices.Contains(versions, f.version(api)) {
			versions = append(versions, f.version(api))
		}
	}
	return versions
}

func (f *Server) resources(w http.ResponseWriter, group, version string) {
	doc := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: group + "/" + version}
	for _, api := range mesh.APIs() {
		if api.Group == group && !f.Missing(api) && f.version(api) == version {
			doc.APIResources = append(doc.APIResources, metav1.APIResource{Name: api.Plural, Kind: api.Name(), Namespaced: api.Namespaced})
		}
	}
	write(w, false, "", nil, doc)
}
