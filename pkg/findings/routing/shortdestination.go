package routing

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shortDestination: a destination of the route that names nothing, as its host is completed with the namespace of the object that holds it,
// or, with a dot in it, not at all (pilot/pkg/model/config.go, ResolveShortnameToFQDN).
func shortDestination(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		if h.Left.Route == nil || h.Left.Route.Route == nil || h.Left.Route.Route.VS.Made() || !h.View.Services.Known() {
			continue
		}
		r := h.Left.Route.Route.HTTP
		for i, d := range r.Route {
			name := d.GetDestination().GetHost()
			if name == "" || len(h.View.HostsNamed(name)) > 0 {
				continue
			}
			if meant := meantBy(h, name, r.Ref); meant != "" {
				out = append(out, walk.Found(DestinationShortened, walk.Under(r.Ref, "route["+strconv.Itoa(i)+"].destination.host"), name, meant))
			}
		}
	}
	return out
}

// meantBy is the full name of the Service that a destination was meant to name; empty where none suggests itself.
func meantBy(h *walk.Hop, name string, at mesh.Ref) string {
	if full := completed(h.View, name); full != "" {
		return full
	}
	short, ns, ok := mesh.SplitServiceHost(name)
	if !ok || ns != at.Namespace || !writes(h, at, short) {
		return ""
	}
	namespaces := []string{h.Left.Route.Route.VS.Namespace}
	if host := h.Left.Dial.Host; host != nil {
		namespaces = append(namespaces, host.Namespace)
	}
	for _, x := range namespaces {
		if full := mesh.ServiceHost(short, x); len(h.View.HostsNamed(full)) > 0 {
			return full
		}
	}
	return ""
}

// writes reports whether a VirtualService writes a destination's host in that way.
func writes(h *walk.Hop, at mesh.Ref, host string) bool {
	v, ok, _ := h.View.VirtualServices.Get(at.Namespace, at.Name)
	if !ok {
		return false
	}
	for _, r := range v.Spec.Http {
		for _, d := range r.GetRoute() {
			if d.GetDestination().GetHost() == host {
				return true
			}
		}
	}
	return false
}
