package routing

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// imports are the hosts of an egress listener, by the namespace they are imported from; "*" is every namespace
// (pilot/pkg/model/sidecar.go, convertIstioListenerToWrapper).
type imports map[string]*importedHosts

type importedHosts struct{ hosts, excluded []string }

func newImports(s *mesh.Snapshot, namespace string, hosts []string) imports {
	im := imports{}
	exclusion := !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 31})
	for _, h := range hosts {
		ns, name, ok := strings.Cut(h, "/")
		if !ok || strings.Contains(name, "/") {
			continue // istiod skips what is not namespace/name
		}
		excluded := exclusion && strings.HasPrefix(ns, "~")
		if excluded {
			if ns = ns[1:]; ns == "" {
				ns = "*"
			}
		}
		if ns == "." {
			ns = namespace
		}
		if im[ns] == nil {
			im[ns] = &importedHosts{}
		}
		if excluded {
			im[ns].excluded = append(im[ns].excluded, name)
		} else {
			im[ns].hosts = append(im[ns].hosts, name)
		}
	}
	return im
}

func (i *importedHosts) has(host string) bool {
	return i != nil && slices.ContainsFunc(i.hosts, func(p string) bool { return mesh.HostWithin(host, p) })
}

func (i *importedHosts) excludes(host string) bool {
	return i != nil && slices.ContainsFunc(i.excluded, func(p string) bool { return mesh.HostWithin(host, p) })
}

// hosts returns what a listener imports of the registry. A listener with a port takes that port alone. Of a name that several
// namespaces have, the client's own namespace wins, then a Kubernetes Service, then the first.
func (im imports) hosts(s *mesh.Snapshot, namespace string, port *networking.SidecarPort) []*mesh.Host {
	var out []*mesh.Host
	all := im["*"]
	for _, h := range visibleHosts(s, namespace) {
		from := im[h.Namespace]
		if from.excludes(h.Name) || all.excludes(h.Name) {
			continue
		}
		by := from
		if !from.has(h.Name) {
			if by = all; !all.has(h.Name) {
				continue
			}
		}
		if port != nil && mesh.ParseProtocol(port.Protocol) != mesh.HTTPProxy {
			if h = h.WithPorts(func(p mesh.Port) bool { return p.Number == int(port.Number) }); len(h.Ports) == 0 {
				continue
			}
		}
		out = append(out, h.WithAliases(slices.DeleteFunc(slices.Clone(h.Aliases), func(a string) bool { return !by.has(a) })))
	}
	type choice struct {
		namespace string
		kube      bool
	}
	chosen := map[string]choice{}
	for _, h := range out {
		old, seen := chosen[h.Name]
		if !seen || h.Namespace == namespace || !old.kube && h.Kube && old.namespace != namespace {
			chosen[h.Name] = choice{h.Namespace, h.Kube}
		}
	}
	return slices.DeleteFunc(out, func(h *mesh.Host) bool { return chosen[h.Name].namespace != h.Namespace })
}

type visibleHostsKey struct{ namespace string }

// visibleHosts lists what proxies of a namespace may see: first what is exported to it by name, then what is public, each oldest
// first (pilot/pkg/model/push_context.go, servicesExportedToNamespace).
func visibleHosts(s *mesh.Snapshot, namespace string) []*mesh.Host {
	return mesh.Derive(s, visibleHostsKey{namespace}, func() []*mesh.Host {
		var named, public []*mesh.Host
		hosts, _ := s.Hosts()
		for _, h := range hosts {
			if !precedence.ServiceVisible(s, h, namespace) {
				continue
			}
			if isPublic(s, h) {
				public = append(public, h)
			} else {
				named = append(named, h)
			}
		}
		return append(named, public...)
	})
}

func isPublic(s *mesh.Snapshot, h *mesh.Host) bool {
	e := h.ExportTo
	if len(e) == 0 {
		e = s.Config.Proto.GetDefaultServiceExportTo()
	}
	return e == nil || slices.Contains(e, "*")
}

// virtualServices returns the imported VirtualServices in the order in which they count. One is imported by its own namespace and
// any of its hosts; wildcards overlap in both directions, but for routes of the Gateway API, whose host must lie within the import.
func (im imports) virtualServices(s *mesh.Snapshot, namespace string) []*config.VirtualService {
	var out []*config.VirtualService
	all := im["*"]
	for _, v := range BoundTo(s, config.MeshGateway, namespace) {
		from := im[v.Namespace]
		if slices.ContainsFunc(v.Hosts, func(h string) bool {
			return (from.matches(h, v.GatewayAPI) || all.matches(h, v.GatewayAPI)) && !from.excludes(h) && !all.excludes(h)
		}) {
			out = append(out, v)
		}
	}
	return out
}

func (i *importedHosts) matches(host string, within bool) bool {
	if within {
		return i.has(host)
	}
	return i != nil && slices.ContainsFunc(i.hosts, func(p string) bool { return mesh.HostsOverlap(host, p) })
}

// index finds for each host the VirtualService whose host is the most specific for it; of equal ones the first
// (computeWildcardHostVirtualServiceIndex).
func (l *EgressListener) index() {
	first := map[string]mesh.Ref{}
	var wild []string
	for _, v := range l.VirtualServices {
		for _, h := range v.Hosts {
			if _, taken := first[h]; !taken {
				first[h] = v.Ref
				if mesh.IsWild(h) {
					wild = append(wild, h)
				}
			}
		}
	}
	l.mostSpecific = map[string]mesh.Ref{}
	for _, h := range l.Hosts {
		name := strings.ToLower(h.Name)
		if v, ok := first[name]; ok {
			l.mostSpecific[name] = v
			continue
		}
		best := ""
		for _, w := range wild {
			if mesh.HostWithin(name, w) && (best == "" || mesh.MoreSpecific(w, best)) {
				best = w
			}
		}
		if best != "" {
			l.mostSpecific[name] = first[best]
		}
	}
}

type destination struct {
	host  string
	all   bool // every port
	ports []int
}

// destinations are the hosts that the VirtualService sends to from a namespace, with the ports that it names
// (virtualServiceDestinationsFilteredBySourceNamespace).
func destinations(v *config.VirtualService, namespace string) []destination {
	var out []destination
	add := func(d *networking.Destination) {
		if d == nil || d.Host == "" {
			return
		}
		x := destination{host: d.Host, all: d.GetPort().GetNumber() == 0}
		if !x.all {
			x.ports = []int{int(d.Port.Number)}
		}
		if i := slices.IndexFunc(out, func(o destination) bool { return o.host == d.Host }); i >= 0 {
			out[i].all = out[i].all || x.all
			out[i].ports = append(out[i].ports, x.ports...)
			return
		}
		out = append(out, x)
	}
	for _, r := range v.HTTP {
		if len(r.Match) > 0 && !slices.ContainsFunc(r.Match, func(m *networking.HTTPMatchRequest) bool {
			return m.SourceNamespace == "" || m.SourceNamespace == namespace
		}) {
			continue
		}
		for _, d := range config.HttpDestinations(r.HTTPRoute) {
			add(d)
		}
	}
	for _, r := range v.TLS {
		for _, d := range config.L4Destinations(r) {
			add(d)
		}
	}
	for _, r := range v.TCP {
		for _, d := range config.L4Destinations(r) {
			add(d)
		}
	}
	return out
}
