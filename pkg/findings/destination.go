package findings

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hiddenDestination: a destination that exists, and that the client's proxy does not know. It is handled like a stranger, which often works
// and then lacks all that the mesh gives (Sidecar spec.egress; exportTo).
func hiddenDestination(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.sidecars() {
		if len(h.view.Sidecars.Gaps(h.pod.Namespace, h.view.Config.RootNamespace)) > 0 {
			continue
		}
		name := h.left.Dial.Name
		if h.left.L7 {
			name = config.StripPort(h.in.Message.Authority)
		}
		for _, stage := range []string{"listener", "virtualHost"} {
			r := h.stage(stage)
			if r == nil {
				continue
			}
			for _, c := range r.Candidates {
				switch {
				case !c.Applies:
				case c.Why == precedence.NotImported:
					out = append(out, found(DestinationNotImported, c.Ref, name))
				case c.Why == precedence.NotExported:
					out = append(out, found(DestinationNotExported, c.Ref, name, h.pod.Namespace))
				}
			}
		}
		if at, ok := h.hiddenPort(); ok {
			out = append(out, found(DestinationNotImported, at, name+":"+itoa(h.left.Dial.Port)))
		}
	}
	return out
}

// hiddenPort: a listener of the Sidecar that is for one port imports no other port of a host.
func (h *hop) hiddenPort() (mesh.Ref, bool) {
	host := h.left.Dial.Host
	if host == nil || !h.left.Unrouted && !h.ends(flow.RegistryOnly) || h.left.Scope.Sidecar.IsZero() {
		return mesh.Ref{}, false
	}
	known := h.left.Scope.Host(host.Name)
	if known == nil {
		return mesh.Ref{}, false
	}
	_, has := host.Port(h.left.Dial.Port)
	_, imported := known.Port(h.left.Dial.Port)
	return h.left.Scope.Sidecar.At("spec.egress"), has && !imported
}

// shortDestination: a destination of the route that names nothing, as its host is completed with the namespace of the object that holds it,
// or, with a dot in it, not at all (pilot/pkg/model/config.go, ResolveShortnameToFQDN).
func shortDestination(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		if h.left.Route == nil || h.left.Route.Route == nil || h.left.Route.Route.VS.GatewayAPI || !h.view.Services.Known() {
			continue
		}
		r := h.left.Route.Route.HTTP
		for i, d := range r.Route {
			name := d.GetDestination().GetHost()
			if name == "" || len(h.view.HostsNamed(name)) > 0 {
				continue
			}
			if meant := h.meantBy(name, r.Ref); meant != "" {
				out = append(out, found(DestinationShortened, under(r.Ref, "route["+itoa(i)+"].destination.host"), name, meant))
			}
		}
	}
	return out
}

// meantBy is the full name of the Service that a destination was meant to name; empty where none suggests itself.
func (h *hop) meantBy(name string, at mesh.Ref) string {
	if full := completed(h.view, name); full != "" {
		return full
	}
	short, ns, ok := mesh.SplitServiceHost(name)
	if !ok || ns != at.Namespace || !h.writes(at, short) {
		return ""
	}
	namespaces := []string{h.left.Route.Route.VS.Namespace}
	if host := h.left.Dial.Host; host != nil {
		namespaces = append(namespaces, host.Namespace)
	}
	for _, x := range namespaces {
		if full := mesh.ServiceHost(short, x); len(h.view.HostsNamed(full)) > 0 {
			return full
		}
	}
	return ""
}

// completed is the name of a Service that a name with a dot begins; empty where there is none.
func completed(s *mesh.Snapshot, name string) string {
	if !strings.Contains(name, ".") || mesh.IsWild(name) {
		return ""
	}
	for _, suffix := range []string{".svc." + mesh.DomainSuffix, "." + mesh.DomainSuffix} {
		for _, x := range s.HostsNamed(name + suffix) {
			if x.Kube {
				return x.Name
			}
		}
	}
	return ""
}

// writes tells whether a VirtualService writes a destination's host in that way.
func (h *hop) writes(at mesh.Ref, host string) bool {
	v, ok, _ := h.view.VirtualServices.Get(at.Namespace, at.Name)
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

// names are the names by which VirtualServices know what a sender sends: the host's for a sidecar, the request's for a gateway.
func (h *hop) names() []string {
	name := strings.ToLower(config.StripPort(h.in.Message.Authority))
	if h.gateway() {
		return []string{name}
	}
	var out []string
	if host := h.host(); host != nil {
		out = append(out, strings.ToLower(host.Name))
	}
	if v := h.left.VHost; v != nil && !slices.Contains(out, v.Name) {
		out = append(out, v.Name)
	}
	return out
}
