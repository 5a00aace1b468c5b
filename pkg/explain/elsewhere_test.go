package explain

import (
	"testing"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// TestElsewhere puts another host and port into a command, and nothing else that is spelled like them.
func TestElsewhere(t *testing.T) {
	for _, x := range []struct {
		command, to, host string
		name              string
		port              int
		want              string
	}{
		{"kubectl mesh-why -f echo/echo.yaml deploy/echo-client echo:7070 --host echo", "echo:7070", "echo", "echo.grpc", 0, "kubectl mesh-why -f echo/echo.yaml deploy/echo-client echo.grpc:7070 --host echo"},
		{"kubectl mesh-why a http://h:80/h -H 'x: h'", "http://h:80/h", "h", "h.ns", 0, "kubectl mesh-why a http://h.ns:80/h -H 'x: h'"},
		{"kubectl mesh-why a h", "h", "h", "h", 8080, "kubectl mesh-why a h:8080"},
		{"kubectl mesh-why a https://h:1/x:1", "https://h:1/x:1", "h", "h", 2, "kubectl mesh-why a https://h:2/x:1"},
		{"kubectl mesh-why a 'h/a b'", "h/a b", "h", "i", 0, "kubectl mesh-why a 'i/a b'"},
		{"kubectl mesh-why a svc/h.ns", "svc/h.ns", "h.ns", "i.ns", 0, ""},
		{"", "h", "h", "i", 0, ""},
	} {
		a := &advice{command: x.command, to: x.to, q: &flow.Request{Host: x.host}}
		if got := a.elsewhere(x.name, x.port); got != x.want {
			t.Errorf("%s\n got %q\nwant %q", x.command, got, x.want)
		}
	}
}
