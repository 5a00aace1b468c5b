package mesh

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
)

// Resolution is how a client's proxy finds the endpoints of a host (pilot/pkg/model/service.go).
type Resolution int

// The resolutions.
const (
	LoadBalanced  Resolution = iota // among the endpoints that istiod sends
	Passthrough                     // the address that the client dialled: headless Services, ServiceEntries with resolution NONE
	DNS                             // all addresses of a name
	DNSRoundRobin                   // one address of a name
	DynamicDNS                      // the name in the request
	Alias                           // another host's: ExternalName
)

// Port is a port of a [Host].
type Port struct {
	Name       string
	Number     int // the Service's port
	TargetPort int // of a ServiceEntry, where it differs; 0 otherwise
	Protocol   Protocol
}

// Host is a host name of the registry: a Kubernetes Service, or one of the hosts (and addresses) of a ServiceEntry
// (pilot/pkg/model/service.go, Service).
type Host struct {
	Ref        Ref
	Name       string // fully qualified
	Namespace  string
	Kube       bool // a Kubernetes Service
	Created    time.Time
	Ports      []Port
	Resolution Resolution
	External   bool     // outside of the mesh: never mutual TLS by itself
	Addresses  []string // IP addresses, or CIDRs of a ServiceEntry; none where the host has none of its own
	ExportTo   []string // as declared; nil where not
	Selector   map[string]string
	Aliases    []string // host names of ExternalName Services that point here
	AliasOf    string   // of an Alias
	NodeLocal  bool     // internalTrafficPolicy Local
	Accounts   []string // SPIFFE identities that the object itself names

	Service *corev1.Service             // one of the two is set
	Entry   *networkingapi.ServiceEntry //
}

// Port finds a port by its number.
func (h *Host) Port(number int) (Port, bool) {
	for _, p := range h.Ports {
		if p.Number == number {
			return p, true
		}
	}
	return Port{}, false
}

// maxPortsNamed is how many ports a list in a sentence names.
const maxPortsNamed = 8

// PortList names the ports that a host has, as in "http 8000, 9090"; of many the first ones and how many more. It is empty where there are none.
func (h *Host) PortList() string {
	var out []string
	for _, p := range h.Ports[:min(len(h.Ports), maxPortsNamed)] {
		out = append(out, strings.TrimSpace(p.Name+" "+strconv.Itoa(p.Number)))
	}
	if more := len(h.Ports) - len(out); more > 0 {
		out = append(out, "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(out, ", ")
}

// Headless tells a Kubernetes Service without an address of its own.
func (h *Host) Headless() bool { return h.Kube && h.Resolution == Passthrough }

type hostsKey struct{}

// Hosts returns the registry, oldest first, as the control plane of this view sees it, with the gaps of what it is made of.
func (s *Snapshot) Hosts() ([]*Host, []Gap) {
	hosts := Derive(s, hostsKey{}, func() []*Host {
		var out []*Host
		services, _ := s.Services.All()
		for _, svc := range services {
			out = append(out, s.fromService(svc))
		}
		entries, _ := s.ServiceEntries.All()
		for _, e := range entries {
			out = append(out, fromEntry(e)...)
		}
		slices.SortStableFunc(out, olderHost)
		resolveAliases(out)
		return out
	})
	return hosts, slices.Concat(s.Services.missing(), s.ServiceEntries.missing())
}

// olderHost orders as istiod does (pilot/pkg/model/push_context.go, SortServicesByCreationTime).
func olderHost(a, b *Host) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Ref.Name, b.Ref.Name), cmp.Compare(a.Namespace, b.Namespace))
}

type hostIndexKey struct{}

// HostsNamed returns the hosts of that name, oldest first; several namespaces may have one of a name.
func (s *Snapshot) HostsNamed(name string) []*Host {
	index := Derive(s, hostIndexKey{}, func() map[string][]*Host {
		m := map[string][]*Host{}
		hosts, _ := s.Hosts()
		for _, h := range hosts {
			m[h.Name] = append(m[h.Name], h)
		}
		return m
	})
	return index[name]
}

func (s *Snapshot) fromService(svc *corev1.Service) *Host {
	h := &Host{
		Ref: Ref{Kind: Service, Namespace: svc.Namespace, Name: svc.Name}, Name: ServiceHost(svc.Name, svc.Namespace),
		Namespace: svc.Namespace, Kube: true, Created: svc.CreationTimestamp.Time, Selector: svc.Spec.Selector, Service: svc,
		NodeLocal: svc.Spec.InternalTrafficPolicy != nil && *svc.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal,
	}
	switch {
	case svc.Spec.Type == corev1.ServiceTypeExternalName && svc.Spec.ExternalName != "":
		h.Resolution, h.External, h.AliasOf = Alias, true, svc.Spec.ExternalName
	case svc.Spec.ClusterIP == corev1.ClusterIPNone:
		h.Resolution = Passthrough
	case len(svc.Spec.ClusterIPs) > 1:
		h.Addresses = svc.Spec.ClusterIPs
	case svc.Spec.ClusterIP != "":
		h.Addresses = []string{svc.Spec.ClusterIP}
	}
	for _, p := range svc.Spec.Ports {
		h.Ports = append(h.Ports, Port{Name: p.Name, Number: int(p.Port), Protocol: PortProtocol(p.Port, p.Name, string(p.Protocol), p.AppProtocol)})
	}
	if v := svc.Annotations["networking.istio.io/exportTo"]; v != "" {
		for _, ns := range strings.Split(v, ",") {
			h.ExportTo = append(h.ExportTo, strings.TrimSpace(ns))
		}
	}
	if v := svc.Annotations["alpha.istio.io/canonical-serviceaccounts"]; v != "" {
		h.Accounts = append(h.Accounts, strings.Split(v, ",")...)
	}
	if v := svc.Annotations["alpha.istio.io/kubernetes-serviceaccounts"]; v != "" {
		for _, sa := range strings.Split(v, ",") {
			h.Accounts = append(h.Accounts, Identity(s.Config.TrustDomain(), svc.Namespace, sa))
		}
	}
	return h
}

// resolveAliases tells each host which ExternalName Services point at it, through chains of them.
func resolveAliases(hosts []*Host) {
	target := map[string]string{}
	for _, h := range hosts {
		if h.Resolution == Alias {
			target[h.Name] = h.AliasOf
		}
	}
	if len(target) == 0 {
		return
	}
	named, ends := map[string][]*Host{}, map[string]string{}
	for _, h := range hosts {
		if h.Resolution != Alias {
			named[h.Name] = append(named[h.Name], h)
		}
	}
	for _, h := range hosts {
		if h.Resolution != Alias {
			continue
		}
		h.AliasOf = lastAlias(target, ends, h.AliasOf)
		for _, t := range named[h.AliasOf] {
			t.Aliases = append(t.Aliases, h.Name)
		}
	}
}

// lastAlias follows names as far as they go, which in a circle is until one comes again. What it finds it notes for all names on the way.
func lastAlias(target, ends map[string]string, name string) string {
	seen := map[string]bool{}
	for {
		if end, known := ends[name]; known {
			name = end
			break
		}
		next, again := target[name]
		if !again || seen[name] {
			break
		}
		seen[name] = true
		name = next
	}
	for n := range seen {
		ends[n] = name
	}
	return name
}

// Identity is the SPIFFE identity of a service account.
func Identity(trustDomain, namespace, account string) string {
	return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + account
}

// WithPorts returns the host as somebody sees it who imports some of its ports only; it is the host itself if those are all.
func (h *Host) WithPorts(keep func(Port) bool) *Host {
	var ports []Port
	for _, p := range h.Ports {
		if keep(p) {
			ports = append(ports, p)
		}
	}
	if len(ports) == len(h.Ports) {
		return h
	}
	c := *h
	c.Ports = ports
	return &c
}

// WithAliases returns the host with those aliases only.
func (h *Host) WithAliases(aliases []string) *Host {
	if len(aliases) == len(h.Aliases) {
		return h
	}
	c := *h
	c.Aliases = aliases
	return &c
}
