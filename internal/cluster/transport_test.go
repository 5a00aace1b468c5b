package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func TestReadable(t *testing.T) {
	for _, row := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/api/v1/services", true},
		{"GET", "/api/v1/namespaces", true},
		{"GET", "/api/v1/namespaces/foo", true},
		{"GET", "/api/v1/namespaces/foo/pods", true},
		{"GET", "/api/v1/namespaces/foo/configmaps/istio", true},
		{"GET", "/api/v1/nodes", true},
		{"GET", "/apis/discovery.k8s.io/v1/namespaces/foo/endpointslices", true},
		{"GET", "/apis/networking.istio.io/v1beta1/virtualservices", true},
		{"GET", "/apis/gateway.networking.k8s.io/v1/gateways", true},
		{"GET", "/apis", true},
		{"GET", "/apis/gateway.networking.k8s.io/v1beta1", true},

		{"POST", "/api/v1/namespaces/foo/pods", false},
		{"PUT", "/api/v1/namespaces/foo/configmaps/istio", false},
		{"PATCH", "/api/v1/namespaces/foo/configmaps/istio", false},
		{"DELETE", "/api/v1/namespaces/foo", false},
		{"DELETE", "/apis/networking.istio.io/v1/virtualservices", false},
		{"HEAD", "/api/v1/services", false},
		{"CONNECT", "/api/v1/services", false},
		{"GET", "/api/v1/secrets", false},
		{"GET", "/api/v1/namespaces/foo/secrets", false},
		{"GET", "/api/v1/namespaces/foo/secrets/token", false},
		{"GET", "/api/v1/pods", false},
		{"GET", "/api/v1/namespaces/foo/pods/web", false},
		{"GET", "/api/v1/namespaces/foo/pods/web/exec", false},
		{"GET", "/api/v1/namespaces/foo/pods/web/log", false},
		{"GET", "/api/v1/namespaces/foo/services/web/proxy", false},
		{"GET", "/api/v1/namespaces/foo/services/web", false},
		{"GET", "/api/v1/configmaps", false},
		{"GET", "/api/v1/namespaces/foo/configmaps", false},
		{"GET", "/api/v1/namespaces/foo/finalize", false},
		{"GET", "/api/v1/namespaces/foo/serviceaccounts", false},
		{"GET", "/api/v1/nodes/one/proxy/metrics", false},
		{"GET", "/api/v1", false},
		{"GET", "/api", false},
		{"GET", "/apis/gateway.networking.k8s.io", false},
		{"POST", "/apis", false},
		{"GET", "/apis/", false},
		{"GET", "/apis/rbac.authorization.k8s.io", false},
		{"GET", "/apis/apps/v1/deployments", false},
		{"GET", "/apis/apps/v1/namespaces/foo/deployments", true},
		{"GET", "/apis/apps/v1/namespaces/foo/deployments/web/scale", false},
		{"GET", "/apis/networking.istio.io/v1/gateways/front/status", false},
		{"GET", "/metrics", false},
		{"GET", "/", false},
		{"GET", "", false},
	} {
		if got := readable(row.method, row.path); got != row.want {
			t.Errorf("%s %s: %t, want %t", row.method, row.path, got, row.want)
		}
	}
}

// What is not allowed is not sent, whatever asks for it.
func TestOnlyReadsAreSent(t *testing.T) {
	f := newFake(t)
	r := f.reader(t, Options{})
	for name, err := range map[string]error{
		"a Secret":   r.client.rest.Get().AbsPath("/api/v1/namespaces/foo/secrets/x").Do(context.Background()).Error(),
		"a deletion": r.client.rest.Delete().AbsPath("/api/v1/namespaces/foo").Do(context.Background()).Error(),
		"a way out":  r.client.rest.Get().AbsPath("/api/v1/namespaces/../secrets").Do(context.Background()).Error(),
	} {
		var refused *forbiddenError
		if !errors.As(err, &refused) {
			t.Errorf("%s: error is %v, want it refused", name, err)
		}
	}
	if len(f.Asked) > 0 {
		t.Errorf("sent: %v", f.Asked)
	}
}

// A server that redirects leads nowhere: neither to what is not read, nor to another server, which would get the credentials.
func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server was asked for %s with %q", r.URL.Path, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	for _, to := range []string{"/api/v1/namespaces/foo/secrets", "/api/v1/namespaces/foo/pods", other.URL + "/api/v1/services"} {
		f := newFake(t)
		f.Fault = func(x fakeExchange) bool {
			if x.Path != "/api/v1/services" {
				return false
			}
			http.Redirect(x.W, x.R, to, http.StatusTemporaryRedirect)
			return true
		}
		r, err := New(&rest.Config{Host: f.URL, BearerToken: "credentials"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := snapshot(t, r, bothNeeded)
		noWrongSilence(t, f, s)
		if gaps := gapsIn(s, mesh.Service, "bar"); len(gaps) != 1 || gaps[0].Cause != mesh.Failed || !strings.Contains(gaps[0].Detail, "which is not followed") {
			t.Errorf("to %s: %v", to, gaps)
		}
		for _, a := range f.Asked {
			if a.Path == "/api/v1/namespaces/foo/secrets" {
				t.Error("the redirect was followed to a Secret")
			}
		}
	}
}

// Where the very first answer is a redirect there is no API server.
func TestOnlyRedirects(t *testing.T) {
	f := newFake(t)
	f.Fault = redirect
	_, err := f.reader(t, Options{}).Snapshot(context.Background(), bothNeeded)
	if want := "Unable to connect to the server: the server redirects to https://login.example, which is not followed: the credentials would go there too"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestReadersConfigIsLeftAlone(t *testing.T) {
	config := &rest.Config{Host: "http://localhost", QPS: 5, UserAgent: "someone"}
	if _, err := New(config, Options{}); err != nil {
		t.Fatal(err)
	}
	if config.QPS != 5 || config.UserAgent != "someone" || config.WrapTransport != nil {
		t.Errorf("the caller's config was changed: %+v", config)
	}
}
