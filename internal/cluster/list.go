package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const (
	pageSize    = 500   // as kubectl's
	maxRestarts = 2     // of a list whose pages expired
	maxPages    = 2_000 // a list that is longer goes round in circles
)

// errNotInstalled says that the API server does not have a kind, so that there is nothing of it.
var errNotInstalled = errors.New("not installed")

// list reads all pages of a list, in the version in which the API server has the kind.
func (c *client) list(ctx context.Context, t task) (page, error) {
	api, _ := mesh.APIOf(t.kind)
	p, err := c.pages(ctx, t, api)
	if !apierrors.IsNotFound(err) || api.Group == "" {
		return p, err
	}
	// Such an answer means another version, or that the kind is not installed.
	api.Version, err = c.served(ctx, api)
	if err != nil {
		return page{}, err
	}
	return c.pages(ctx, t, api)
}

// pages reads a list from its beginning to its end. The API server forgets where a reader is after some minutes, and then sooner when
// there is much change; the list begins anew then.
func (c *client) pages(ctx context.Context, t task, api mesh.API) (page, error) {
	for restarts := 0; ; restarts++ {
		all, err := c.once(ctx, t, api)
		if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) || restarts == maxRestarts {
			return all, err
		}
	}
}

func (c *client) once(ctx context.Context, t task, api mesh.API) (page, error) {
	accept, params := acceptJSON, map[string]string{"limit": strconv.Itoa(pageSize)}
	if protobuf[t.kind].list != nil {
		accept = acceptProto
	}
	if t.labels != "" {
		params["labelSelector"] = t.labels
	}
	if t.one {
		params["limit"] = "1"
	}
	var all page
	for range maxPages {
		b, err := c.request(ctx, pathOf(api, t.namespace, ""), accept, params)
		if err != nil {
			return page{}, err
		}
		p, err := decodeList(t, b)
		if err != nil {
			return page{}, err
		}
		all.objects = append(all.objects, p.objects...)
		all.broken = append(all.broken, p.broken...)
		all.unknown = append(all.unknown, p.unknown...)
		switch {
		case p.next == "", t.one:
			return all, nil
		case p.next == params["continue"]:
			return page{}, fmt.Errorf("%s: the same page follows itself", api.Resource())
		}
		params["continue"] = p.next
	}
	return page{}, fmt.Errorf("%s: more than %d pages", api.Resource(), maxPages)
}

// object reads one object by its name.
func (c *client) object(ctx context.Context, t task) (page, error) {
	api, _ := mesh.APIOf(t.kind)
	b, err := c.request(ctx, pathOf(api, t.namespace, t.name), acceptProto, nil)
	if err != nil {
		return page{}, err
	}
	return decodeObject(t, b)
}

// pathOf is where the API server keeps a kind.
func pathOf(api mesh.API, namespace, name string) string {
	path := "/api/" + api.Version
	if api.Group != "" {
		path = "/apis/" + api.Group + "/" + api.Version
	}
	if api.Namespaced && namespace != "" {
		path += "/namespaces/" + namespace
	}
	path += "/" + api.Plural
	if name != "" {
		path += "/" + name
	}
	return path
}
