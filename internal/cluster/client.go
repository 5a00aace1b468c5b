package cluster

import (
	"context"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

const defaultParallel = 16

// client sends requests to one API server, a few at a time.
type client struct {
	rest      *rest.RESTClient
	transport *transport
	host      string
	slots     chan struct{}
	sleep     func(context.Context, time.Duration) error
	groups    *groups
}

func newClient(config *rest.Config, o Options) (*client, error) {
	c := &client{slots: make(chan struct{}, defaultParallel), sleep: o.Sleep, groups: newGroups()}
	if o.Parallel > 0 {
		c.slots = make(chan struct{}, o.Parallel)
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	var err error
	c.transport = &transport{allowed: readable, most: o.MaxBytes, large: make(chan struct{}, largeAtATime)}
	c.rest, c.host, err = dial(config, o.Version, c.transport)
	return c, err
}

// dial makes a REST client whose every request passes t. It has no limit of its own on requests per second: client-go's would stretch
// half a second to four. Nor has it a timeout, which is that of all requests together.
func dial(config *rest.Config, version string, t *transport) (*rest.RESTClient, string, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "kubectl-mesh_why/" + version
	config.QPS, config.RateLimiter, config.Timeout = -1, nil, 0
	config.APIPath, config.GroupVersion = "/", &schema.GroupVersion{}
	config.ContentConfig.ContentType, config.ContentConfig.AcceptContentTypes = runtime.ContentTypeJSON, ""
	config.NegotiatedSerializer = statuses()
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, "", err
	}
	t.base = base.Path
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		t.next = next
		return t
	})
	r, err := rest.RESTClientFor(config)
	return r, base.Host, err
}

// statuses decodes the answers in which an API server says no; lists are decoded elsewhere.
func statuses() runtime.NegotiatedSerializer {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	return serializer.NewCodecFactory(scheme).WithoutConversion()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
