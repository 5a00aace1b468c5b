package route

import (
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// changes are what a route makes of the request besides choosing where it goes, each as an argument of the sentence that tells of the route: the path,
// the host, the names of the headers, where copies go, and the timeout. One that it leaves as it is is empty.
func changes(f flow.Flow) []string {
	h := f.Route.Route.HTTP
	sent := Rewrite(f, nil)
	out := make([]string, 5)
	if sent.Message.Path != f.Message.Path {
		out[0] = EnvoyPath(sent)
	}
	if sent.Message.Authority != f.Message.Authority {
		out[1] = sent.Message.Authority
	}
	out[2] = strings.Join(changedHeaders(h), ", ")
	out[3] = strings.Join(mirrors(h), ", ")
	if h.Timeout != nil && f.Route.Timeout > 0 {
		out[4] = f.Route.Timeout.String()
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// changedHeaders are the names of the request's headers that a route sets, adds or removes; of those that make it another host see [Rewrite].
func changedHeaders(h config.HTTPRoute) []string {
	names := map[string]bool{}
	note := func(ops *networking.Headers_HeaderOperations) {
		for name := range ops.GetSet() {
			names[strings.ToLower(name)] = true
		}
		for name := range ops.GetAdd() {
			names[strings.ToLower(name)] = true
		}
		for _, name := range ops.GetRemove() {
			names[strings.ToLower(name)] = true
		}
	}
	note(h.Headers.GetRequest())
	for _, to := range h.Route {
		note(to.Headers.GetRequest())
	}
	delete(names, "host")
	delete(names, ":authority")
	return slices.Sorted(maps.Keys(names))
}

// mirrors are the hosts that get a copy of the request.
func mirrors(h config.HTTPRoute) []string {
	var out []string
	if h.Mirror != nil {
		out = append(out, h.Mirror.Host)
	}
	for _, m := range h.Mirrors {
		out = append(out, m.Destination.GetHost())
	}
	return out
}
