package dns

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Lookup resolves a name or an address as a pod of a namespace would. It is not found where cluster DNS knows that there is no such
// name, or where ExternalName Services lead to each other in a circle; a name outside the cluster is found with an address that is not known.
func Lookup(s *mesh.Snapshot, namespace string, outside bool, name string, port int) (targets []flow.Dial, found bool, gaps []mesh.Gap) {
	return lookup(s, namespace, outside, name, port, nil)
}

// lookup is Lookup behind ExternalName Services that were followed already.
func lookup(s *mesh.Snapshot, namespace string, outside bool, name string, port int, followed []*mesh.Host) (targets []flow.Dial, found bool, gaps []mesh.Gap) {
	name = strings.Trim(name, "[]")
	if ip, err := netip.ParseAddr(name); err == nil {
		d := flow.Dial{Name: name, IP: ip.Unmap(), Port: port, Host: hostAt(s, ip.Unmap().String())}
		if d.Host == nil && s.PodAt(name) == nil {
			_, gaps = s.Services.All()
			atNode := fromOutside(s, &d)
			gaps = slices.Concat(gaps, atNode)
		}
		return []flow.Dial{d}, true, gaps
	}
	if hosts := s.ServicesOutside(name); len(hosts) > 0 {
		return []flow.Dial{{Name: name, Port: port, Host: serving(hosts, port), Outer: true}}, true, nil
	}
	if name == "localhost" {
		return []flow.Dial{{Name: name, IP: netip.MustParseAddr("127.0.0.1"), Port: port}}, true, nil
	}
	if outside {
		return []flow.Dial{{Name: name, Port: port}}, true, nil
	}
	svc, ns, rest, inCluster := SplitName(s, strings.ToLower(name), namespace)
	if !inCluster {
		if Misspelt(s, name) != "" {
			return nil, false, nil
		}
		return []flow.Dial{{Name: name, Port: port}}, true, nil
	}
	for _, h := range s.HostsNamed(mesh.ServiceHost(svc, ns)) {
		if !h.Kube {
			continue
		}
		return dialHost(s, h, name, rest, port, followed)
	}
	gaps = s.Services.Gaps(ns)
	if !knownNamespace(s, ns) && namedByObjects(s, ns) {
		at := mesh.Ref{Kind: mesh.Service, Namespace: ns, Name: svc}
		gaps = append(slices.Clip(gaps), mesh.Gap{Kind: at.Kind, Namespace: ns, Cause: mesh.External, Resource: at})
	}
	return nil, false, gaps
}

// fromOutside finds the Service that has an address for clients outside of the cluster: by its balancer or external IP, or by a port of a node.
func fromOutside(s *mesh.Snapshot, d *flow.Dial) []mesh.Gap {
	if hosts := s.ServicesOutside(d.IP.String()); len(hosts) > 0 {
		d.Host, d.Outer = serving(hosts, d.Port), true
		return nil
	}
	h, number := s.ByNodePort(d.Port)
	if h == nil {
		return nil
	}
	node, ok, gaps := s.NodeAt(d.IP)
	if ok {
		d.Host, d.Outer, d.ServicePort, d.Node = h, true, number, node
	}
	return gaps
}

// serving is that of several Services of one address which has the port; the first where none has.
func serving(hosts []*mesh.Host, port int) *mesh.Host {
	for _, h := range hosts {
		if _, ok := h.Port(port); ok {
			return h
		}
	}
	return hosts[0]
}

// SplitName takes a name of the cluster apart; rest is what stands before the Service's own name. It is not of the cluster if it has
// dots and fits neither a namespace nor the cluster's domain.
func SplitName(s *mesh.Snapshot, name, namespace string) (svc, ns, rest string, inCluster bool) {
	full := strings.HasSuffix(name, ".")
	name = strings.TrimSuffix(name, ".")
	labels := strings.Split(name, ".")
	for _, suffix := range []string{".svc." + mesh.DomainSuffix, ".svc"} {
		if before, ok := strings.CutSuffix(name, suffix); ok && (!full || suffix != ".svc") {
			labels = strings.Split(before, ".")
			if len(labels) < 2 {
				return "", "", "", true
			}
			n := len(labels)
			return labels[n-2], labels[n-1], strings.Join(labels[:n-2], "."), true
		}
	}
	switch {
	case full:
		return "", "", "", false
	case len(labels) == 1:
		return name, namespace, "", true
	}
	n := len(labels)
	if knownNamespace(s, labels[n-1]) || namedByObjects(s, labels[n-1]) || n == 2 && meantForCluster(s, name, labels[0], labels[1]) {
		return labels[n-2], labels[n-1], strings.Join(labels[:n-2], "."), true
	}
	return "", "", "", false
}

// meantForCluster tells names like SERVICE.NAMESPACE of a namespace that is not known: it may be one that nobody let us see, or it is
// misspelt, and then no DNS has it, as it ends in no public domain.
func meantForCluster(s *mesh.Snapshot, name, svc, namespace string) bool {
	if _, public := publicsuffix.PublicSuffix(name); public || len(s.HostsNamed(name)) > 0 {
		return false
	}
	if _, _, gaps := s.Namespaces.Get("", namespace); len(gaps) > 0 {
		return len(s.Services.Gaps(namespace)) > 0
	}
	services, _ := s.Services.All()
	return slices.ContainsFunc(services, func(x *corev1.Service) bool { return x.Name == svc })
}

func knownNamespace(s *mesh.Snapshot, name string) bool {
	if _, ok, _ := s.Namespaces.Get("", name); ok {
		return true
	}
	list, _ := s.Services.In(name)
	return len(list) > 0
}

// namedByObjects reports whether objects of a namespace were read: it is one of the cluster then, though an input need not hold its Services.
func namedByObjects(s *mesh.Snapshot, name string) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() map[string]bool {
		named := map[string]bool{}
		s.Each(func(_ mesh.Kind, o metav1.Object) { named[o.GetNamespace()] = true })
		return named
	})[name]
}

// dialHost finds the addresses of a Service. The name of a pod may stand before that of a headless one.
func dialHost(s *mesh.Snapshot, h *mesh.Host, name, pod string, port int, followed []*mesh.Host) ([]flow.Dial, bool, []mesh.Gap) {
	switch {
	case slices.Contains(followed, h):
		return nil, false, nil
	case h.Resolution == mesh.Alias:
		// ExternalName is a CNAME: the target is resolved in place of the name.
		if targets, ok, gaps := lookup(s, h.Namespace, false, h.AliasOf, port, append(followed, h)); !ok || targets[0].IP.IsValid() {
			return targets, ok, gaps
		}
		return []flow.Dial{{Name: name, Port: port}}, true, nil
	case h.Resolution != mesh.Passthrough && pod == "":
		if len(h.Addresses) == 0 {
			return nil, false, nil
		}
		ip, err := netip.ParseAddr(h.Addresses[0])
		return []flow.Dial{{Name: name, IP: ip, Port: port, Host: h}}, err == nil, nil
	}
	var out []flow.Dial
	var gaps []mesh.Gap
	for _, p := range h.Ports {
		eps, g := s.Endpoints(h, p)
		gaps = append(gaps, g...)
		for _, e := range eps {
			ip, err := netip.ParseAddr(e.Address)
			if err != nil || !e.Ready || pod != "" && !isPod(e.Pod, pod) {
				continue
			}
			if !slices.ContainsFunc(out, func(d flow.Dial) bool { return d.IP == ip }) {
				out = append(out, flow.Dial{Name: name, IP: ip, Port: port, Host: h})
			}
		}
	}
	return out, len(out) > 0, flow.UniqueGaps(gaps)
}

func isPod(p *corev1.Pod, hostname string) bool {
	return p != nil && (p.Spec.Hostname == hostname || p.Spec.Hostname == "" && p.Name == hostname)
}

// hostAt finds the Service with a cluster address.
func hostAt(s *mesh.Snapshot, ip string) *mesh.Host {
	type key struct{}
	index := mesh.Derive(s, key{}, func() map[string]*mesh.Host {
		m := map[string]*mesh.Host{}
		hosts, _ := s.Hosts()
		for _, h := range hosts {
			if !h.Kube {
				continue
			}
			for _, a := range h.Addresses {
				m[a] = h
			}
		}
		return m
	})
	return index[ip]
}
