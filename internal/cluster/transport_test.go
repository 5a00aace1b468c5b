package cluster

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"k8s.io/client-go/rest"
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
		{"GET", "/apis/gateway.networking.k8s.io", true},
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
		{"GET", "/apis", false},
		{"GET", "/apis/", false},
		{"GET", "/apis/rbac.authorization.k8s.io", false},
		{"GET", "/apis/apps/v1/deployments", false},
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
	if len(f.asked) > 0 {
		t.Errorf("sent: %v", f.asked)
	}
}

// A server that redirects does not lead anywhere else either.
func TestRedirects(t *testing.T) {
	f := newFake(t)
	f.fault = func(x fakeExchange) bool {
		if x.path != "/api/v1/services" {
			return false
		}
		http.Redirect(x.w, x.r, "/api/v1/namespaces/foo/secrets", http.StatusFound)
		return true
	}
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	for _, a := range f.asked {
		if a.path == "/api/v1/namespaces/foo/secrets" {
			t.Error("the redirect was followed to a Secret")
		}
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
