package cluster

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Secrets are asked for by their names and for their metadata alone; what else an API server sends is not taken.
func TestCheckSecrets(t *testing.T) {
	status := func(w http.ResponseWriter, code int, reason metav1.StatusReason, name string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: int32(code), Reason: reason,
			Message: string(reason), Details: &metav1.StatusDetails{Name: name, Kind: "secrets"}})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if accept := r.Header.Get("Accept"); accept != acceptMetadata {
			t.Errorf("asked for %q", accept)
		}
		name := path.Base(r.URL.Path)
		if r.URL.Path != "/api/v1/namespaces/edge/secrets/"+name {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		switch name {
		case "there":
			_, _ = w.Write([]byte(`{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"there","namespace":"edge"}}`))
		case "whole":
			_, _ = w.Write([]byte(`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"whole","namespace":"edge"},"data":{"tls.key":"c2VjcmV0"}}`))
		case "refused":
			status(w, http.StatusForbidden, metav1.StatusReasonForbidden, name)
		default:
			status(w, http.StatusNotFound, metav1.StatusReasonNotFound, name)
		}
	}))
	defer server.Close()
	var refs []mesh.Ref
	for _, name := range []string{"there", "gone", "refused", "whole"} {
		refs = append(refs, mesh.Ref{Kind: mesh.Secret, Namespace: "edge", Name: name})
	}
	got, err := CheckSecrets(t.Context(), &rest.Config{Host: server.URL}, Options{}, refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		found  bool
		failed string
	}{{true, ""}, {false, ""}, {false, "Forbidden"}, {false, "PartialObjectMetadata"}} {
		x := got[i]
		if x.Found != want.found || (x.Err != nil) != (want.failed != "") || x.Err != nil && !strings.Contains(x.Err.Error(), want.failed) {
			t.Errorf("%s: found %t, %v; want %t, %q", x.Secret, x.Found, x.Err, want.found, want.failed)
		}
		if x.Err != nil && strings.Contains(x.Err.Error(), "c2VjcmV0") {
			t.Errorf("%s: the error tells the content", x.Secret)
		}
	}
}
