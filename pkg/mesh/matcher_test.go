package mesh_test

import (
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// labelsOf reads a=b,c=d.
func labelsOf(s string) map[string]string {
	out := map[string]string{}
	for _, pair := range strings.Split(s, ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			out[k] = v
		}
	}
	return out
}

// Kubernetes' own selectors are the second opinion.
//
// go test ./pkg/mesh -run '^$' -fuzz FuzzSelects
func FuzzSelects(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"", "a=b"}, {"a=b", ""}, {"a=b", "a=b"}, {"a=b,c=d", "a=b"}, {"a=b", "a=b,c=d"}, {"a=", "a="}, {"a=", ""}, {"a=b", "a=B"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, selector, own string) {
		want := labels.SelectorFromSet(labelsOf(selector)).Matches(labels.Set(labelsOf(own)))
		if got := mesh.Selects(labelsOf(selector), labelsOf(own)); got != want {
			t.Errorf("Selects(%q, %q) = %v, want %v", selector, own, got, want)
		}
	})
}

// protocolNames are the names of protocols, in the order in which an expression tries them.
var protocolNames = []struct {
	expr string
	is   mesh.Protocol
}{
	{`grpc-web.*`, mesh.GRPCWeb}, {`tcp(-.*)?`, mesh.TCP}, {`udp(-.*)?`, mesh.UDP}, {`grpc(-.*)?`, mesh.GRPC}, {`http(-.*)?`, mesh.HTTP},
	{`http_proxy(-.*)?`, mesh.HTTPProxy}, {`http2(-.*)?`, mesh.HTTP2}, {`https(-.*)?`, mesh.HTTPS}, {`tls(-.*)?`, mesh.TLS},
	{`mongo(-.*)?`, mesh.Mongo}, {`redis(-.*)?`, mesh.Redis}, {`mysql(-.*)?`, mesh.MySQL},
}

func protocol(number int32, name, l4, app string, hasApp bool) mesh.Protocol {
	special := map[string]mesh.Protocol{"kubernetes.io/h2c": mesh.HTTP2, "kubernetes.io/ws": mesh.HTTP, "kubernetes.io/wss": mesh.HTTPS}
	text := name
	if hasApp {
		text = app
	}
	if l4 == "UDP" {
		return mesh.UDP
	}
	if p, ok := special[text]; ok && hasApp {
		return p
	}
	for _, p := range protocolNames {
		if regexp.MustCompile(`\A(?is:` + p.expr + `)\z`).MatchString(text) {
			return p.is
		}
	}
	if number == 25 || number == 53 || number == 3306 || number == 27017 {
		return mesh.TCP
	}
	return mesh.AutoDetect
}

// go test ./pkg/mesh -run '^$' -fuzz FuzzPortProtocol
func FuzzPortProtocol(f *testing.F) {
	for _, name := range []string{"", "http", "HTTP-main", "http-", "httpx", "http2", "https-x", "grpc-web", "grpc-webx", "gRPC-Web-a", "grpc-we", "tcp-a-b", "web", "-http", "http_proxy", "kubernetes.io/h2c", "mysql"} {
		for _, number := range []int32{80, 3306, 53} {
			f.Add(number, name, "TCP", "", false)
			f.Add(number, "web", "TCP", name, true)
		}
		f.Add(int32(80), name, "UDP", "http", true)
	}
	f.Fuzz(func(t *testing.T, number int32, name, l4, app string, hasApp bool) {
		if strings.ContainsRune(name+app, 'ſ') || strings.ContainsRune(name+app, 'K') {
			return // letters that only expressions fold into s and k
		}
		var p *string
		if hasApp {
			p = &app
		}
		if got, want := mesh.PortProtocol(number, name, l4, p), protocol(number, name, l4, app, hasApp); got != want {
			t.Errorf("PortProtocol(%d, %q, %q, %q %v) = %s, want %s", number, name, l4, app, hasApp, got, want)
		}
	})
}

// go test ./pkg/mesh -run '^$' -fuzz FuzzParseRelease
func FuzzParseRelease(f *testing.F) {
	for _, s := range []string{"1.30", "v1.30.3", "1.30-alpha.x", "1", "", "1.", "x.1", "1.99999999999999999999", "99999999999999999999.1", "1.30.3 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := release.Parse(s)
		if err != nil {
			return
		}
		again, err := release.Parse(r.String())
		if err != nil || again != r {
			t.Errorf("%q is %s, which is read as %s, %v", s, r, again, err)
		}
	})
}
