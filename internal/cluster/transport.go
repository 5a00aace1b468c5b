package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// transport stands next to the wire, behind all of client-go, and lets nothing pass that is not allowed, whatever asks for it. It
// counts what goes through.
type transport struct {
	next     http.RoundTripper
	base     string // the path of the API server itself, where it stands behind a proxy
	allowed  func(method, path string) bool
	most     int64         // bytes of all answers together; no limit where it is 0
	large    chan struct{} // held by the answers that are larger than most are
	requests atomic.Int64
	bytes    atomic.Int64
	answered atomic.Bool
}

// forbiddenError is a request of this program that must not be sent.
type forbiddenError struct{ method, path string }

func (e *forbiddenError) Error() string {
	return fmt.Sprintf("%s %s was not sent: this program only reads, and only what decides on requests", e.method, e.path)
}

// RoundTrip sends a request that is allowed.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if path := "/" + strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, strings.TrimSuffix(t.base, "/")), "/"); !t.allowed(r.Method, path) {
		return nil, &forbiddenError{r.Method, r.URL.Path}
	}
	t.requests.Add(1)
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return response, err
	}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		_ = response.Body.Close()
		return nil, redirected(response)
	}
	t.answered.Store(true)
	response.Body = &boundedBody{ReadCloser: response.Body, transport: t, done: r.Context().Done()}
	return response, nil
}

// redirected tells of an answer that leads elsewhere. It is not followed: client-go would send the credentials to whoever is there.
func redirected(r *http.Response) error {
	to, err := r.Location()
	if err != nil {
		return fmt.Errorf("the server answers %s, which is not followed", r.Status)
	}
	return fmt.Errorf("the server redirects to %s://%s, which is not followed: the credentials would go there too", to.Scheme, to.Host)
}

func (t *transport) count() Wave {
	return Wave{Requests: int(t.requests.Load()), Bytes: t.bytes.Load()}
}

// readable allows lists of the kinds that a snapshot holds, but neither Secrets at all nor pods and ConfigMaps of all namespaces; a
// ConfigMap and a Namespace by its name; and what the API server says of the API groups. There is no way to what lies below an object,
// such as a pod's exec.
func readable(method, path string) bool {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case method != http.MethodGet:
		return false
	case path == "/apis":
		return true
	case len(parts) < 2:
		return false
	}
	group := ""
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) <= 3:
		return len(parts) == 3 && parts[1] != "" && readableGroup(parts[1])
	case parts[0] == "apis":
		group, parts = parts[1], parts[3:]
	default:
		return false
	}
	if slices.Contains(legacyGroups, group) {
		return len(parts) == 1 && slices.Contains(legacyPlurals, parts[0])
	}
	namespaced := len(parts) > 2 && parts[0] == "namespaces"
	if namespaced {
		parts = parts[2:]
	}
	for _, api := range mesh.APIs() {
		if api.Group != group || api.Plural != parts[0] || namespaced && !api.Namespaced {
			continue
		}
		switch api.Kind {
		case mesh.Secret:
			return false
		case mesh.ConfigMap:
			return namespaced && len(parts) == 2
		case mesh.Namespace:
			return len(parts) <= 2
		case mesh.Pod, mesh.Deployment:
			return namespaced && len(parts) == 1
		}
		return len(parts) == 1
	}
	return false
}

func readableGroup(name string) bool {
	if slices.Contains(legacyGroups, name) {
		return true
	}
	for _, api := range mesh.APIs() {
		if api.Group == name {
			return true
		}
	}
	return false
}
