package routing

import (
	"maps"
	"slices"
	"strconv"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// OutboundMode is what a sidecar does with destinations that it does not know.
type OutboundMode int

// The outbound modes.
const (
	RegistryOnly OutboundMode = iota
	AllowAny
	DynamicDNS // resolves the host of the request itself
)

// Scope is what a proxy knows of the mesh: what it imports, and what it does with the rest.
type Scope struct {
	Namespace string   // of the proxy; one of several where those know the same
	Sidecar   mesh.Ref // zero for the built-in default
	Mode      OutboundMode
	ModeFrom  mesh.Ref                // the field that sets the mode
	Egress    *networking.Destination // where unknown destinations are sent under AllowAny, instead of where they want to go
	Listeners []*EgressListener
	Ingress   []*networking.IstioIngressListener

	hosts  []*mesh.Host
	byName map[string]*mesh.Host
	shared bool // by all namespaces without a Sidecar that know the same (Partial)
}

// EgressListener is an entry of a Sidecar's egress with what it imports.
type EgressListener struct {
	Ref             mesh.Ref
	Port            *networking.SidecarPort // nil for the one that takes all other ports
	Bind            string
	NoCapture       bool // captureMode NONE: the application must dial the listener itself
	Hosts           []*mesh.Host
	VirtualServices []*config.VirtualService

	mostSpecific map[string]mesh.Ref     // host of the registry -> VirtualService with the most specific host for it
	labels       struct{ http, l4 bool } // whether routes ask for labels of the client
}

// Hosts returns every host that the proxy has a cluster for.
func (c *Scope) Hosts() []*mesh.Host { return c.hosts }

// Host finds a host by name; nil where the proxy does not know it.
func (c *Scope) Host(name string) *mesh.Host { return c.byName[name] }

// ListenerFor is the egress entry that answers for a port: the first one with that port, else the one without.
func (c *Scope) ListenerFor(port int) *EgressListener {
	for _, l := range c.Listeners {
		if l.Port.GetNumber() == 0 || int(l.Port.GetNumber()) == port {
			return l
		}
	}
	return nil
}

type scopeKey struct {
	namespace string
	sidecar   mesh.Ref
}

// ScopeOf returns what a sidecar knows.
func ScopeOf(s *mesh.Snapshot, namespace string, choice precedence.SidecarChoice) *Scope {
	key := scopeKey{namespace, choice.Ref()}
	if partial, all := Partial(s); choice.Winner == nil && !all && !partial[namespace] {
		key.namespace = "" // one for all namespaces that know the same
	}
	return mesh.Derive(s, key, func() *Scope {
		c := newScope(s, namespace, choice)
		c.shared = key.namespace == ""
		return c
	})
}

func newScope(s *mesh.Snapshot, namespace string, choice precedence.SidecarChoice) *Scope {
	c := &Scope{Namespace: namespace, Sidecar: choice.Ref(), byName: map[string]*mesh.Host{}}
	var spec *networking.Sidecar
	if choice.Winner != nil {
		spec = &choice.Winner.Spec
	}
	c.Ingress = spec.GetIngress()
	c.outbound(s, spec)
	egress := spec.GetEgress()
	if len(egress) == 0 {
		egress = []*networking.IstioEgressListener{{Hosts: []string{"*/*"}}}
	}
	for i, e := range egress {
		l := &EgressListener{Ref: c.Sidecar.At("spec.egress[" + strconv.Itoa(i) + "]"), Bind: e.Bind, NoCapture: e.CaptureMode == networking.CaptureMode_NONE}
		if e.Port.GetNumber() != 0 {
			l.Port = e.Port
		}
		im := newImports(s, namespace, e.Hosts)
		l.Hosts = im.hosts(s, namespace, l.Port)
		l.VirtualServices = im.virtualServices(s, namespace)
		l.index()
		l.labels.http, l.labels.l4 = l.usesLabels(), l.l4Labels()
		c.Listeners = append(c.Listeners, l)
	}
	c.collect(s)
	return c
}

// outbound: a block that is present but names no mode is REGISTRY_ONLY; a Sidecar without a block takes the mesh's.
func (c *Scope) outbound(s *mesh.Snapshot, spec *networking.Sidecar) {
	p := spec.GetOutboundTrafficPolicy()
	mode := s.Config.OutboundMode()
	c.ModeFrom = s.Config.Field("outboundTrafficPolicy")
	if p != nil {
		mode = meshconfig.MeshConfig_OutboundTrafficPolicy_Mode(p.Mode)
		c.ModeFrom = c.Sidecar.At("spec.outboundTrafficPolicy")
		c.Egress = p.EgressProxy
	}
	switch {
	case mode == meshconfig.MeshConfig_OutboundTrafficPolicy_ALLOW_ANY:
		c.Mode = AllowAny
	case mode == meshconfig.MeshConfig_OutboundTrafficPolicy_ALLOW_ANY_DYNAMIC_DNS && !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 31}):
		c.Mode = DynamicDNS // before 1.31 an unknown value, which reads as the first one
	}
}

type gatewayScopeKey struct{ namespace string }

// GatewayScope returns what a gateway of a namespace knows: all that is visible there. Sidecar resources do not concern gateways.
func GatewayScope(s *mesh.Snapshot, namespace string) *Scope {
	return mesh.Derive(s, gatewayScopeKey{namespace}, func() *Scope {
		c := &Scope{Namespace: namespace, byName: map[string]*mesh.Host{}}
		for _, h := range visibleHosts(s, namespace) {
			c.add(h)
		}
		return c
	})
}

// collect gathers the hosts of all listeners, and those that imported VirtualServices send to, which get a cluster without being
// imported themselves (pilot/pkg/model/sidecar.go, collectImportedServices).
func (c *Scope) collect(s *mesh.Snapshot) {
	for _, l := range c.Listeners {
		for _, h := range l.Hosts {
			c.add(h)
		}
		for _, v := range l.VirtualServices {
			for _, d := range destinations(v, c.Namespace) {
				if h := pickHost(s, d.host, c.Namespace); h != nil {
					c.add(h.WithPorts(func(p mesh.Port) bool {
						if l.Port != nil {
							return p.Number == int(l.Port.Number)
						}
						return d.all || slices.Contains(d.ports, p.Number)
					}))
				}
			}
		}
	}
}

// add takes a host up. Of several of a name a Kubernetes Service wins, then the first; it gets the further ports of partial imports of
// itself, and of others that are like it (pilot/pkg/model/sidecar.go, appendSidecarServices).
func (c *Scope) add(h *mesh.Host) {
	if len(h.Ports) == 0 && h.Resolution != mesh.Alias {
		return
	}
	old := c.byName[h.Name]
	switch {
	case old == nil:
		c.hosts = append(c.hosts, h)
	case old == h, old.Kube && !h.Kube:
		return
	case !old.Kube && h.Kube:
		c.replace(old, h)
	case mergeable(old, h):
		merged := *old
		merged.Ports = slices.Clone(old.Ports)
		for _, p := range h.Ports {
			if _, has := old.Port(p.Number); !has {
				merged.Ports = append(merged.Ports, p)
			}
		}
		h = &merged
		c.replace(old, h)
	default:
		return
	}
	c.byName[h.Name] = h
}

// mergeable tells hosts of one name that differ in nothing but ports (canMergeServices).
func mergeable(a, b *mesh.Host) bool {
	if a.Ref == b.Ref {
		return a.Resolution == b.Resolution
	}
	return a.Namespace == b.Namespace && a.Kube == b.Kube && a.Resolution == b.Resolution && maps.Equal(a.Selector, b.Selector) &&
		a.Entry != nil && b.Entry != nil && maps.Equal(a.Entry.Labels, b.Entry.Labels) &&
		slices.Equal(slices.Sorted(slices.Values(a.ExportTo)), slices.Sorted(slices.Values(b.ExportTo)))
}

func (c *Scope) replace(old, h *mesh.Host) {
	c.hosts[slices.Index(c.hosts, old)] = h
}

// pickHost chooses a destination that was not imported: the client's own namespace first, then a visible Kubernetes Service, then
// the oldest visible (pickBestVisibleNamespace). Before 1.30 it was the first visible namespace of the alphabet.
func pickHost(s *mesh.Snapshot, name, namespace string) *mesh.Host {
	var best *mesh.Host
	for _, h := range s.HostsNamed(name) {
		if h.Namespace == namespace {
			return h
		}
		if !precedence.ServiceVisible(s, h, namespace) {
			continue
		}
		better := best != nil && h.Kube && !best.Kube
		if !s.Follows(release.BestServiceNamespace, "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE") {
			better = best != nil && h.Namespace < best.Namespace
		}
		if best == nil || better {
			best = h
		}
	}
	return best
}
