package envoy_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// TestIsGRPC: gRPC-Web has a content type that begins alike, and is none.
func TestIsGRPC(t *testing.T) {
	for value, want := range map[string]bool{
		"application/grpc": true, "application/grpc+proto": true, "application/grpc+": true,
		"application/grpc-web": false, "application/grpc-web+proto": false, "application/grpc; charset=utf-8": false, "application/json": false, "": false,
	} {
		if got := (envoy.Headers{{Name: "content-type", Value: value}}).IsGRPC(); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	if (envoy.Headers{}).IsGRPC() {
		t.Error("a request without a content type is no gRPC call")
	}
}

// TestPreflight: it takes the method and both headers, with something in them.
func TestPreflight(t *testing.T) {
	for _, x := range []struct {
		method, origin, asks string
		want                 bool
	}{
		{"OPTIONS", "https://a.example", "PUT", true},
		{"GET", "https://a.example", "PUT", false},
		{"OPTIONS", "", "PUT", false},
		{"OPTIONS", "https://a.example", "", false},
		{"options", "https://a.example", "PUT", false},
	} {
		h := envoy.Headers{{Name: "origin", Value: x.origin}, {Name: "access-control-request-method", Value: x.asks}}
		if got := envoy.Preflight(x.method, h); got != x.want {
			t.Errorf("%s with Origin %q and Access-Control-Request-Method %q: %v, want %v", x.method, x.origin, x.asks, got, x.want)
		}
	}
	if envoy.Preflight("OPTIONS", envoy.Headers{{Name: "origin", Value: "https://a.example"}}) {
		t.Error("OPTIONS without Access-Control-Request-Method is no preflight")
	}
}

// go test ./pkg/envoy -run '^$' -fuzz FuzzQueryParam
func FuzzQueryParam(f *testing.F) {
	for _, path := range []string{"", "/", "/?a=1", "/?a", "/?a=1&a=2", "/?b&a=", "/?a=b=c", "/?a%20=1", "/?a=1?b=2", "/?&&a=1"} {
		f.Add(path, "a")
	}
	f.Fuzz(func(t *testing.T, path, name string) {
		if name == "" || strings.ContainsAny(name, "&=") || !utf8.ValidString(name) || !utf8.ValidString(path) {
			return
		}
		want, has := "", false
		if m := regexp.MustCompile(`(?s)\A[^?]*\?(?:.*?&)??` + regexp.QuoteMeta(name) + `(?:=([^&]*))?(?:&|\z)`).FindStringSubmatch(path); m != nil {
			want, has = m[1], true
		}
		if got, ok := envoy.QueryParam(path, name); got != want || ok != has {
			t.Errorf("%q of %q: %q %v, want %q %v", name, path, got, ok, want, has)
		}
	})
}
