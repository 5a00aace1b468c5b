package repair

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// rule is the DestinationRule that applies to the destination, to be changed, or a new one for its host.
func (i *incident) rule(c *flow.Cluster) (*networkingapi.DestinationRule, bool) {
	rule := c.Rule.Rule
	if rule == nil {
		d := &networkingapi.DestinationRule{ObjectMeta: metav1.ObjectMeta{Name: hostLabel(c.Host), Namespace: c.Host.Namespace}}
		d.Spec.Host = c.Host.Name
		return d, true
	}
	if rule.Sources[0].Kind != mesh.DestinationRule {
		return nil, false
	}
	old, ok, _ := i.s.DestinationRules.Get(rule.Sources[0].Namespace, rule.Sources[0].Name)
	if !ok {
		return nil, false
	}
	return old.DeepCopy(), true
}

// like is the likest of some names; empty where none is like it.
func like(name string, names []string) string {
	for _, n := range suggest.Names(name, names, 1) {
		return n
	}
	return ""
}

// redirect changes the destination that led to a cluster, in the VirtualService that names it.
func (i *incident) redirect(c *flow.Cluster, to string, change func(*networking.Destination), code string) []Change {
	if to == "" || c.From.Kind != mesh.VirtualService {
		return nil
	}
	v, ok, _ := i.s.VirtualServices.Get(c.From.Namespace, c.From.Name)
	if !ok {
		return nil
	}
	n := v.DeepCopy()
	d := destinationAt(&n.Spec, c.From.Field)
	if d == nil {
		return nil
	}
	change(d)
	return []Change{{Code: code, Args: []string{c.From.String(), to}, Objects: []metav1.Object{n}}}
}

// destinationAt is the destination that a field of a VirtualService lies in.
func destinationAt(v *networking.VirtualService, field string) *networking.Destination {
	rest := strings.TrimPrefix(field, "spec.")
	kind, _, _ := strings.Cut(rest, "[")
	n, rest, ok := indexed(strings.TrimPrefix(rest, kind))
	if !ok {
		return nil
	}
	m, _, ok := indexed(strings.TrimPrefix(rest, ".route"))
	if !ok {
		m = 0
	}
	switch {
	case kind == "http" && n < len(v.Http) && m < len(v.Http[n].Route):
		return v.Http[n].Route[m].GetDestination()
	case kind == "tls" && n < len(v.Tls) && m < len(v.Tls[n].Route):
		return v.Tls[n].Route[m].GetDestination()
	case kind == "tcp" && n < len(v.Tcp) && m < len(v.Tcp[n].Route):
		return v.Tcp[n].Route[m].GetDestination()
	}
	return nil
}

func labelText(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+labels[k])
	}
	return strings.Join(parts, ",")
}

// anyPort matches the host that a route names in authority with whatever port a client writes behind it: the Host header has one unless it is the
// scheme's default (RFC 9110, 7.2).
func (i *incident) anyPort() []Change {
	bare := config.StripPort(i.q.Authority)
	if bare == i.q.Authority {
		return nil
	}
	var out []Change
	for ref, v := range causing(i, i.s.VirtualServices) {
		c := v.DeepCopy()
		at := ""
		for n, h := range c.Spec.Http {
			for m, x := range h.Match {
				if strings.EqualFold(x.GetAuthority().GetExact(), bare) {
					x.Authority = &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: x.Authority.GetExact()}}
					at = ref.Object().At(config.Nth(config.Nth("spec.http", n)+".match", m) + ".authority").String()
				}
			}
		}
		if at != "" {
			out = append(out, Change{Code: "NextAuthority", Args: []string{bare, at}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// addRoute adds a last route without conditions, to where the VirtualService's other routes send. Where routes ask for claims of a token it would let in
// everybody without one, and is no repair.
func (i *incident) addRoute() []Change {
	var out []Change
	for r, v := range causing(i, i.s.VirtualServices) {
		if asksClaims(v.Spec.Http) {
			continue
		}
		for n := len(v.Spec.Http) - 1; n >= 0; n-- {
			if len(v.Spec.Http[n].Route) == 0 {
				continue
			}
			c := v.DeepCopy()
			c.Spec.Http = append(c.Spec.Http, &networking.HTTPRoute{Route: v.Spec.Http[n].Route})
			out = append(out, Change{Code: "NextAddRoute", Args: []string{r.Object().String(), v.Spec.Http[n].Route[0].GetDestination().GetHost()}, Objects: []metav1.Object{c}})
			break
		}
	}
	return out
}

// asksClaims reports whether one of the routes asks for a claim of a verified token.
func asksClaims(routes []*networking.HTTPRoute) bool {
	asks := func(headers map[string]*networking.StringMatch) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(headers)), route.AsksClaim)
	}
	return slices.ContainsFunc(routes, func(r *networking.HTTPRoute) bool {
		return slices.ContainsFunc(r.Match, func(m *networking.HTTPMatchRequest) bool { return asks(m.Headers) || asks(m.WithoutHeaders) })
	})
}

// stopFault takes the fault out of a route that injects one.
func (i *incident) stopFault() []Change {
	var out []Change
	for ref, v := range causing(i, i.s.VirtualServices) {
		n, _, ok := indexed(strings.TrimPrefix(ref.Field, "spec.http"))
		if !ok || n >= len(v.Spec.Http) || v.Spec.Http[n].Fault == nil {
			continue
		}
		c := v.DeepCopy()
		c.Spec.Http[n].Fault = nil
		out = append(out, Change{Code: "NextStopFault", Args: []string{ref.Object().At("spec.http[" + strconv.Itoa(n) + "].fault").String()}, Objects: []metav1.Object{c}})
	}
	return out
}

// nameDestination names a host that exists: the short name's in its own namespace, a similar one, or the same with a port that it has.
func (i *incident) nameDestination() []Change {
	var out []Change
	for ref, v := range causing(i, i.s.VirtualServices) {
		d := destinationAt(&v.Spec, ref.Field)
		if d == nil {
			continue
		}
		for _, h := range i.likeHosts(d.Host, ref.Namespace) {
			n := v.DeepCopy()
			to := destinationAt(&n.Spec, ref.Field)
			to.Host = h.Name
			if p := to.GetPort(); p != nil {
				if _, has := h.Port(int(p.Number)); !has {
					p.Number = i.portFor(h, p.Number)
				}
			}
			out = append(out, Change{Code: "NextDestination", Args: []string{ref.String(), h.Name + portText(to)}, Objects: []metav1.Object{n}})
		}
	}
	return append(out, i.export()...)
}

// portFor is the port of a host that leads to a port of its pods, or the only one that it has; the port itself where none is.
func (i *incident) portFor(h *mesh.Host, target uint32) uint32 {
	if svc, ok, _ := i.s.Services.Get(h.Ref.Namespace, h.Ref.Name); ok && h.Kube {
		for _, p := range svc.Spec.Ports {
			if p.TargetPort.IntValue() == int(target) {
				return uint32(p.Port)
			}
		}
	}
	if len(h.Ports) == 1 {
		return uint32(h.Ports[0].Number)
	}
	return target
}

func portText(d *networking.Destination) string {
	if n := d.GetPort().GetNumber(); n != 0 {
		return ":" + strconv.Itoa(int(n))
	}
	return ""
}

// likeHosts lists the hosts that a destination may mean: the same name in other namespaces, and those of the namespace with similar names.
func (i *incident) likeHosts(name, namespace string) []*mesh.Host {
	full := mesh.ResolveHost(name, namespace)
	var out []*mesh.Host
	if own := i.s.HostsNamed(full); len(own) > 0 {
		return own[:1] // the port is what does not exist
	}
	short, _, _ := strings.Cut(name, ".")
	all, _ := i.s.Hosts()
	var near []string
	for _, h := range all {
		switch {
		case h.Name == full || !h.Kube:
		case h.Ref.Name == short:
			out = append(out, h)
		case h.Namespace == namespace:
			near = append(near, h.Ref.Name)
		}
	}
	if n := like(short, near); n != "" && len(out) == 0 {
		out = append(out, i.s.HostsNamed(mesh.ServiceHost(n, namespace))...)
	}
	const few = 3
	return out[:min(len(out), few)]
}

// export lets the client's namespace see the ServiceEntry that it is sent to.
func (i *incident) export() []Change {
	var out []Change
	for ref, e := range causing(i, i.s.ServiceEntries) {
		ns := i.q.Namespace()
		if len(e.Spec.ExportTo) == 0 || ns == "" {
			continue
		}
		c := e.DeepCopy()
		c.Spec.ExportTo = append(slices.Clone(c.Spec.ExportTo), ns)
		out = append(out, Change{Code: "NextExport", Args: []string{ref.Object().String(), ns}, Objects: []metav1.Object{c}})
	}
	return out
}

// importHost lets the Sidecar import a host of the mesh that it leaves out.
func (i *incident) importHost() []Change {
	for r, sc := range causing(i, i.s.Sidecars) {
		h := i.meant()
		if h == nil || len(sc.Spec.Egress) == 0 {
			continue
		}
		c := sc.DeepCopy()
		last := c.Spec.Egress[len(c.Spec.Egress)-1]
		last.Hosts = append(last.Hosts, h.Namespace+"/"+h.Name)
		return []Change{{Code: "NextImport", Args: []string{h.Name, r.Object().String()}, Objects: []metav1.Object{c}}}
	}
	return nil
}

// addEntry makes a host outside of the mesh known, to the client's namespace alone.
func (i *incident) addEntry() []Change {
	if i.meant() != nil || i.q.Source == nil || i.q.Via != nil {
		return nil
	}
	protocol := "HTTP"
	switch {
	case i.q.TLS():
		protocol = "TLS"
	case i.q.Raw():
		protocol = "TCP"
	}
	e := &networkingapi.ServiceEntry{ObjectMeta: metav1.ObjectMeta{Name: "external-host", Namespace: i.q.Source.Namespace}}
	e.Spec.Hosts = []string{i.q.Host}
	e.Spec.Location = networking.ServiceEntry_MESH_EXTERNAL
	e.Spec.Resolution = networking.ServiceEntry_DNS
	e.Spec.ExportTo = []string{"."}
	e.Spec.Ports = []*networking.ServicePort{{Number: uint32(i.q.Port), Name: strings.ToLower(protocol) + "-" + strconv.Itoa(i.q.Port), Protocol: protocol}}
	return []Change{{Code: "NextAddEntry", Args: []string{i.q.Host}, Objects: []metav1.Object{e}}}
}

// correctTarget points a Service at the one port that the container has.
func (i *incident) correctTarget() []Change {
	for r, svc := range causing(i, i.s.Services) {
		n, _, ok := indexed(strings.TrimPrefix(r.Field, "spec.ports"))
		if !ok {
			n = 0
		}
		port, only := i.onlyPort()
		if !only || n >= len(svc.Spec.Ports) || !ok && len(svc.Spec.Ports) != 1 {
			continue
		}
		c := svc.DeepCopy()
		c.Spec.Ports[n].TargetPort = intstr.FromInt32(port)
		return []Change{{Code: "NextTargetPort", Args: []string{r.Object().String(), strconv.Itoa(int(port))}, Objects: []metav1.Object{c}}}
	}
	return nil
}

// onlyPort is the one port that the containers of the application declare.
func (i *incident) onlyPort() (port int32, only bool) {
	ports := 0
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role != flow.Application || n.Flow.Pod == nil {
			return
		}
		ports = 0
		for _, c := range n.Flow.Pod.Spec.Containers {
			if c.Name == "istio-proxy" {
				continue
			}
			for _, p := range c.Ports {
				port = p.ContainerPort
				ports++
			}
		}
	})
	return port, ports == 1
}
