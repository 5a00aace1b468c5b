package cluster

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func TestCheckAccess(t *testing.T) {
	var sent []string
	var reviews []authorizationv1.ResourceAttributes
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Method+" "+r.URL.Path)
		var review authorizationv1.SelfSubjectAccessReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			t.Error(err)
		}
		reviews = append(reviews, *review.Spec.ResourceAttributes)
		review.Status.Allowed = review.Spec.ResourceAttributes.Namespace == "foo"
		review.Status.Reason = "because"
		w.Header().Set("Content-Type", acceptJSON)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(review)
	}))
	t.Cleanup(server.Close)
	list := mesh.Gap{Kind: mesh.VirtualService, Cause: mesh.Forbidden, Detail: "no"}
	pods := mesh.Gap{Kind: mesh.Pod, Namespace: "foo", Cause: mesh.Forbidden}
	config := mesh.Gap{Kind: mesh.ConfigMap, Namespace: "istio-system", Cause: mesh.Forbidden, Resource: mesh.Ref{Kind: mesh.ConfigMap, Namespace: "istio-system", Name: "istio"}}
	got, err := CheckAccess(context.Background(), &rest.Config{Host: server.URL}, Options{Version: "v1"}, []mesh.Gap{
		list, list, pods, config,
		{Kind: mesh.Pod, Namespace: "bar", Cause: mesh.Failed},       // no right would help
		{Kind: mesh.Secret, Namespace: "bar", Cause: mesh.Forbidden}, // never wanted
		{Kind: mesh.MeshConfig, Cause: mesh.Forbidden},               // nothing of the API server
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Access{{list, false, "because"}, {pods, true, "because"}, {config, false, "because"}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := []authorizationv1.ResourceAttributes{
		{Verb: "list", Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"},
		{Verb: "list", Version: "v1", Resource: "pods", Namespace: "foo"},
		{Verb: "get", Version: "v1", Resource: "configmaps", Namespace: "istio-system", Name: "istio"},
	}; !slices.Equal(reviews, want) {
		t.Errorf("asked for %+v, want %+v", reviews, want)
	}
	for _, s := range sent {
		if s != "POST "+reviewPath {
			t.Errorf("sent %s", s)
		}
	}
}

func TestCheckAccessFails(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }))
	t.Cleanup(refuses.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, host := range []string{refuses.URL, closed.URL} {
		if _, err := CheckAccess(context.Background(), &rest.Config{Host: host}, Options{}, []mesh.Gap{{Kind: mesh.Pod, Cause: mesh.Forbidden}}); err == nil {
			t.Errorf("%s: no error", host)
		}
	}
}
