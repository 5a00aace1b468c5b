package cluster

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/process"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// A task is one question to the API server: a list, or with a name one object.
type task struct {
	kind      mesh.Kind
	namespace string // empty for all of them, and for kinds without one
	name      string
	labels    string // a selector; such a list is not all there is
	one       bool   // the first object will do
	group     string // of kinds that Istio removed; all else is empty then
}

func (t task) String() string {
	if t.group != "" {
		return t.group
	}
	api, _ := mesh.APIOf(t.kind)
	s := api.Resource()
	if t.namespace != "" {
		s += " -n " + t.namespace
	}
	if t.name != "" {
		s += " " + t.name
	}
	return s
}

// takes tells why an object is no answer: it is of another namespace, or has another name.
func (t task) takes(namespace, name string) error {
	switch {
	case t.namespace != "" && namespace != t.namespace:
		return fmt.Errorf("want namespace %q, got an object of namespace %q", t.namespace, namespace)
	case t.name != "" && name != "" && name != t.name:
		return fmt.Errorf("want %q, got %q", t.name, name)
	}
	return nil
}

// An answer is what came back. Where err is set, or absent, the rest is empty.
type answer struct {
	task task
	page
	absent bool // err says that there is no such object, or no such kind
	err    error
}

// page is a part of a list, or all of it.
type page struct {
	objects []metav1.Object
	broken  []mesh.Gap // objects that did not decode
	unknown []mesh.Gap // fields that are not known
	next    string     // asks for the next page
}

func (c *client) answer(ctx context.Context, t task, to chan<- answer) {
	a := answer{task: t}
	a.page, a.err = c.read(ctx, t)
	a.absent = errors.Is(a.err, errNotInstalled) || t.name != "" && namedMissing(a.err, t.name)
	select {
	case to <- a:
	case <-ctx.Done():
	}
}

// read asks a question. What the answer of an API server leads this program into is a failure of that question alone.
func (c *client) read(ctx context.Context, t task) (p page, err error) {
	defer process.Catch(&err)
	switch {
	case t.group != "":
		return c.legacy(ctx, t.group)
	case t.name != "":
		return c.object(ctx, t)
	}
	return c.list(ctx, t)
}
