package question_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/internal/question"
)

// TestEverywhere: what is asked with -n foo, written so that it needs no -n.
func TestEverywhere(t *testing.T) {
	s := sampleMesh(t)
	for _, row := range []struct{ from, to, path, via, wantFrom, wantTo, wantVia string }{
		{"sleep", "httpbin.bar:8000/ip", "", "", "sleep.foo", "httpbin.bar:8000/ip", ""},
		{"sleep.bar", "httpbin", "", "", "sleep.bar", "httpbin", ""},
		{"deploy/sleep", "http://httpbin.bar:8000", "ip?a=b", "", "deploy/sleep.foo", "http://httpbin.bar:8000/ip?a=b", ""},
		{"foo/sleep", "httpbin.bar:8000/", "/x", "", "foo/sleep", "httpbin.bar:8000/x", ""},
		{"sa/sleep", "pod/httpbin:8080/x", "", "", "sa/sleep.foo", "pod/httpbin.foo:8080/x", ""},
		{"sleep", "[fd00::1]:8000/x", "", "", "sleep.foo", "[fd00::1]:8000/x", ""},
		{"sleep", "http://shop.example.com/", "", "httpbin:8000", "sleep.foo", "http://shop.example.com/", "httpbin:8000"},
		{"outside", "http://shop.example.com/", "", "istio-ingressgateway.istio-system", "outside", "http://shop.example.com/", "istio-ingressgateway.istio-system"},
	} {
		q := question.Question{From: row.from, To: row.to, Path: row.path, Via: row.via, Namespace: "foo"}
		o, err := q.Everywhere(s)
		if err != nil {
			t.Errorf("%v: %v", row, err)
			continue
		}
		if o.From != row.wantFrom || o.To != row.wantTo || o.Via != row.wantVia || o.Path != "" || o.Namespace != "" {
			t.Errorf("%v is written %q %q %q", row, o.From, o.To, o.Via)
		}
	}
}
