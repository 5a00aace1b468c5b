package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/mesh-why/mesh-why/internal/process"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// decodable are the versions of a kind that read as the one that is known: Istio's and the Gateway API's differ in nothing but their
// name. A policy of v1alpha2 had other fields.
func decodable(api mesh.API, version string) bool {
	if api.Kind == mesh.BackendTLSPolicy && version == "v1alpha2" {
		return false
	}
	return version == api.Version || slices.Contains([]string{"v1", "v1beta1", "v1alpha3", "v1alpha2"}, version)
}

// unsupportedError tells of a kind that the API server has in unknown versions only.
type unsupportedError struct{ version string }

func (e *unsupportedError) Error() string { return e.version }

// groups keeps what the API server says of its API groups. Which there are is asked for once, and of each once what is in it, after a list was
// not found. A page that says "not found" proves nothing: a proxy before the API server has such pages too.
type groups struct {
	once      sync.Once
	installed map[string][]string // groups, with their versions in the API server's order
	err       error

	mu   sync.Mutex
	docs map[string]*group
}

type group struct {
	once     sync.Once
	versions []version // the API server's favourite first
	err      error
}

type version struct {
	name    string
	plurals []string
}

func newGroups() *groups { return &groups{docs: map[string]*group{}} }

func (g *groups) of(name string) *group {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.docs[name] == nil {
		g.docs[name] = &group{}
	}
	return g.docs[name]
}

// served finds the version in which the API server has a kind. The error is errNotInstalled where it has none.
func (c *client) served(ctx context.Context, api mesh.API) (string, error) {
	g := c.groups.of(api.Group)
	g.once.Do(func() { g.versions, g.err = c.discover(ctx, api.Group) })
	if g.err != nil {
		return "", g.err
	}
	other := ""
	for _, v := range g.versions {
		switch {
		case !slices.Contains(v.plurals, api.Plural):
		case decodable(api, v.name):
			return v.name, nil
		case other == "":
			other = v.name
		}
	}
	if other != "" {
		return "", &unsupportedError{api.Group + "/" + other}
	}
	return "", errNotInstalled
}

// groupVersions returns the versions of a group; none where the API server does not list it among those that it has.
func (c *client) groupVersions(ctx context.Context, name string) ([]string, error) {
	g := c.groups
	g.once.Do(func() {
		var doc metav1.APIGroupList
		if g.err = c.document(ctx, "/apis", &doc); g.err != nil {
			return
		}
		g.installed = map[string][]string{}
		for _, x := range doc.Groups {
			for _, v := range x.Versions {
				g.installed[x.Name] = append(g.installed[x.Name], v.Version)
			}
		}
	})
	return g.installed[name], g.err
}

// discover reads which kinds a group has in which versions.
func (c *client) discover(ctx context.Context, name string) ([]version, error) {
	names, err := c.groupVersions(ctx, name)
	if err != nil {
		return nil, err
	}
	versions := make([]version, len(names))
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, v := range names {
		wg.Go(func() {
			defer process.Catch(&errs[i])
			var list metav1.APIResourceList
			errs[i] = c.document(ctx, "/apis/"+name+"/"+v, &list)
			versions[i].name = v
			for _, r := range list.APIResources {
				versions[i].plurals = append(versions[i].plurals, r.Name)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return versions, nil
}

func (c *client) document(ctx context.Context, path string, into runtime.Object) error {
	b, err := c.request(ctx, path, acceptJSON, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b.data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if want, got := reflect.TypeOf(into).Elem().Name(), into.GetObjectKind().GroupVersionKind().Kind; want != got {
		return fmt.Errorf("%s: want an %s, got kind %q", path, want, got)
	}
	return nil
}
