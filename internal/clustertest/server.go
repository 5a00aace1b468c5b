// Package clustertest answers as an API server does, for tests.
package clustertest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Server serves the objects of a snapshot. Its fields are set before the first request.
type Server struct {
	*httptest.Server
	Objects  map[mesh.Kind][]metav1.Object
	PageSize int                      // of a page at most, whatever is asked for
	Versions map[mesh.Kind]string     // in which a kind is served, where it is another one
	Missing  func(mesh.API) bool      // kinds that are not installed
	May      func(Asked) bool         // rights; nil for all
	Fault    func(Exchange) bool      // answers in place of the rest, if it says true
	Edit     func(mesh.Kind, any) any // of an object's JSON
	JSONOnly bool

	mu    sync.Mutex
	Asked []Asked // the requests so far
}

// Asked is a request as the API server understands it.
type Asked struct {
	API                        mesh.API
	Namespace, Name, Labels    string
	Version, Next, Path, Agent string
	Count                      int // of requests for the same path before
}

// Exchange is a request and the way to its answer.
type Exchange struct {
	Asked
	W http.ResponseWriter
	R *http.Request
}

// New starts a server, which is closed with the test.
func New(t *testing.T, s *mesh.Snapshot) *Server {
	t.Helper()
	f := &Server{Objects: map[mesh.Kind][]metav1.Object{}, PageSize: 2, Versions: map[mesh.Kind]string{}, Missing: func(mesh.API) bool { return false }}
	s.Each(func(k mesh.Kind, o metav1.Object) { f.Objects[k] = append(f.Objects[k], o) })
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// ServeHTTP answers one request.
func (f *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := f.parse(r)
	if f.Fault != nil && f.Fault(Exchange{a, w, r}) {
		return
	}
	switch {
	case ok && f.May != nil && !f.May(a):
		f.deny(w, a)
	case ok && !f.Missing(a.API) && a.Version == f.version(a.API):
		f.serve(w, r, a)
	case a.Path == "/apis":
		f.groups(w)
	case a.Path == "/apis/"+a.API.Group && a.API.Group != "":
		f.group(w, a.API.Group)
	case strings.HasPrefix(a.Path, "/apis/") && strings.Count(a.Path, "/") == 3:
		f.resources(w, a.API.Group, a.Version)
	default:
		http.Error(w, "404 page not found", http.StatusNotFound)
	}
}

func (f *Server) version(api mesh.API) string {
	if v := f.Versions[api.Kind]; v != "" {
		return v
	}
	return api.Version
}

// parse reads a path: ok is false for one that names no resource.
func (f *Server) parse(r *http.Request) (Asked, bool) {
	a := Asked{Path: r.URL.Path, Next: r.URL.Query().Get("continue"), Labels: r.URL.Query().Get("labelSelector"), Agent: r.UserAgent()}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		a.Count = 0
		f.Asked = append(f.Asked, a)
	}()
	for _, b := range f.Asked {
		if b.Path == a.Path {
			a.Count++
		}
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	if parts[0] == "apis" && len(parts) > 1 {
		group, parts = parts[1], parts[1:]
	}
	a.API.Group = group
	if len(parts) > 1 {
		a.Version, parts = parts[1], parts[2:]
	} else {
		parts = nil
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		a.Namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 1 {
		a.Name = parts[1]
	}
	for _, api := range mesh.APIs() {
		if len(parts) > 0 && api.Group == group && api.Plural == parts[0] {
			a.API = api
			return a, true
		}
	}
	return a, false
}

// Requests are what was asked for, each path once, in order of the alphabet.
func (f *Server) Requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths []string
	for _, a := range f.Asked {
		s := a.Path
		if a.Labels != "" {
			s += "?labelSelector=" + a.Labels
		}
		paths = append(paths, s)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
