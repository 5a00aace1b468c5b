package cluster

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// fake answers as an API server does, from objects in files.
type fake struct {
	*httptest.Server
	objects  map[mesh.Kind][]metav1.Object
	pageSize int                      // of a page at most, whatever is asked for
	versions map[mesh.Kind]string     // in which a kind is served, where it is another one
	missing  func(mesh.API) bool      // kinds that are not installed
	may      func(asked) bool         // rights; nil for all
	fault    func(fakeExchange) bool  // answers in place of the rest, if it says true
	edit     func(mesh.Kind, any) any // of an object's JSON
	jsonOnly bool

	mu    sync.Mutex
	asked []asked
}

// asked is a request as the API server understands it.
type asked struct {
	api                        mesh.API
	namespace, name, labels    string
	version, next, path, agent string
	count                      int // of requests for the same path before
}

type fakeExchange struct {
	asked
	w http.ResponseWriter
	r *http.Request
}

var usual = sync.OnceValues(func() (*mesh.Snapshot, error) { return manifest.Source{}.Snapshot("testdata/mesh.yaml") })

func newFake(t *testing.T, files ...string) *fake {
	t.Helper()
	s, err := usual()
	if len(files) > 0 {
		s, err = manifest.Source{}.Snapshot(files...)
	}
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{objects: map[mesh.Kind][]metav1.Object{}, pageSize: 2, versions: map[mesh.Kind]string{}, missing: func(mesh.API) bool { return false }}
	s.Each(func(k mesh.Kind, o metav1.Object) { f.objects[k] = append(f.objects[k], o) })
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// reader reads the fake. Nobody waits for anything.
func (f *fake) reader(t *testing.T, o Options) *Reader {
	t.Helper()
	if o.Sleep == nil {
		o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	r, err := New(&rest.Config{Host: f.URL}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := f.parse(r)
	if f.fault != nil && f.fault(fakeExchange{a, w, r}) {
		return
	}
	switch {
	case ok && f.may != nil && !f.may(a):
		f.deny(w, a)
	case ok && !f.missing(a.api) && a.version == f.version(a.api):
		f.serve(w, r, a)
	case a.path == "/apis/"+a.api.Group && a.api.Group != "":
		f.group(w, a.api.Group)
	case strings.HasPrefix(a.path, "/apis/") && strings.Count(a.path, "/") == 3:
		f.resources(w, a.api.Group, a.version)
	default:
		http.Error(w, "404 page not found", http.StatusNotFound)
	}
}

func (f *fake) version(api mesh.API) string {
	if v := f.versions[api.Kind]; v != "" {
		return v
	}
	return api.Version
}

// parse reads a path: ok is false for one that names no resource.
func (f *fake) parse(r *http.Request) (asked, bool) {
	a := asked{path: r.URL.Path, next: r.URL.Query().Get("continue"), labels: r.URL.Query().Get("labelSelector"), agent: r.UserAgent()}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		a.count = 0
		f.asked = append(f.asked, a)
	}()
	for _, b := range f.asked {
		if b.path == a.path {
			a.count++
		}
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	if parts[0] == "apis" {
		group, parts = parts[1], parts[1:]
	}
	a.api.Group = group
	if len(parts) > 1 {
		a.version, parts = parts[1], parts[2:]
	} else {
		parts = nil
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		a.namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 1 {
		a.name = parts[1]
	}
	for _, api := range mesh.APIs() {
		if len(parts) > 0 && api.Group == group && api.Plural == parts[0] {
			a.api = api
			return a, true
		}
	}
	return a, false
}

// requests are what was asked for, each path once, in order of the alphabet.
func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths []string
	for _, a := range f.asked {
		s := a.path
		if a.labels != "" {
			s += "?labelSelector=" + a.labels
		}
		paths = append(paths, s)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
