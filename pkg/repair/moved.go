package repair

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// beaten lists the objects of a kind that the proxies on the way looked at and that lost for one reason.
func (i *incident) beaten(kind mesh.Kind, why precedence.LossReason) []mesh.Ref {
	var out []mesh.Ref
	i.root.Each(func(_ *flow.Node, r *flow.Result) {
		for _, c := range r.Candidates {
			if at := c.Ref.Object(); at.Kind == kind && c.Why == why && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	})
	return out
}

// moveRule moves a DestinationRule to the namespace of the Service that it is for: in a third one it is never looked at (Istio:
// "Traffic Management", DestinationRule lookup path).
func (i *incident) moveRule() []Change {
	c := i.cluster()
	if c == nil || c.Host == nil {
		return nil
	}
	var out []Change
	for _, ref := range i.beaten(mesh.DestinationRule, precedence.ThirdNamespace) {
		d, ok, _ := i.s.DestinationRules.Get(ref.Namespace, ref.Name)
		if !ok {
			continue
		}
		n := d.DeepCopy()
		n.Spec.Host = mesh.ResolveHost(d.Spec.Host, d.Namespace)
		if change, ok := i.moved(n, ref, c.Host.Namespace); ok {
			out = append(out, change)
		}
	}
	return out
}

// moveSelector moves a PeerAuthentication with a selector out of the root namespace, where it acts on nobody, to the pod's (istio:
// pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication).
func (i *incident) moveSelector() []Change {
	pod := i.server()
	if pod == nil {
		return nil
	}
	var out []Change
	for _, ref := range i.beaten(mesh.PeerAuthentication, precedence.RootSelector) {
		p, ok, _ := i.s.PeerAuthentications.Get(ref.Namespace, ref.Name)
		if !ok || !mesh.Selects(p.Spec.GetSelector().GetMatchLabels(), pod.Labels) {
			continue
		}
		if change, ok := i.moved(p.DeepCopy(), ref, pod.Namespace); ok {
			change.Last = true
			out = append(out, change)
		}
	}
	return out
}

// moved is a copy of an object in another namespace; it is not ok where that has an object of the name already.
func (i *incident) moved(o metav1.Object, from mesh.Ref, namespace string) (Change, bool) {
	o.SetNamespace(namespace)
	o.SetUID("")
	if _, taken := i.s.Object(mesh.RefTo(o)); taken {
		return Change{}, false
	}
	return Change{Code: "NextMove", Args: []string{from.String(), namespace}, Objects: []metav1.Object{o}}, true
}

// podPort writes the pod's port in place of the Service's into portLevelMtls (Istio: PeerAuthentication, portLevelMtls).
func (i *incident) podPort() []Change {
	pod := i.server()
	if pod == nil {
		return nil
	}
	var out []Change
	for ref, p := range causing(i, i.s.PeerAuthentications) {
		for _, key := range slices.Sorted(maps.Keys(p.Spec.PortLevelMtls)) {
			for _, t := range i.s.Targets(pod) {
				if uint32(t.Port.Number) != key || t.Number == t.Port.Number || p.Spec.PortLevelMtls[uint32(t.Number)] != nil {
					continue
				}
				c := p.DeepCopy()
				c.Spec.PortLevelMtls[uint32(t.Number)] = c.Spec.PortLevelMtls[key]
				delete(c.Spec.PortLevelMtls, key)
				out = append(out, Change{Code: "NextPodPort", Args: []string{strconv.Itoa(t.Number), strconv.Itoa(int(key)), ref.Object().String()}, Objects: []metav1.Object{c}})
				break
			}
		}
	}
	return out
}

// bindGateway names the Gateway that took the request in a VirtualService that has the host and is not bound to it: in place of a Gateway of
// that name which does not exist, else beside the others.
func (i *incident) bindGateway() []Change {
	var out []Change
	gateways := i.causes(mesh.Gateway)
	for ref, v := range causing(i, i.s.VirtualServices) {
		if ref.Field != "spec.gateways" {
			continue
		}
		for _, g := range gateways {
			c := v.DeepCopy()
			at := slices.IndexFunc(c.Spec.Gateways, func(name string) bool {
				ns, short, qualified := strings.Cut(name, "/")
				if !qualified {
					ns, short = v.Namespace, name
				}
				_, there, _ := i.s.Gateways.Get(ns, short)
				return !there && short == g.Name
			})
			if at >= 0 {
				c.Spec.Gateways[at] = g.ID()
			} else {
				c.Spec.Gateways = append(c.Spec.Gateways, g.ID())
			}
			change := Change{Code: "NextBindGateway", Args: []string{g.ID(), ref.Object().String()}, Objects: []metav1.Object{c}}
			if served, ok := i.serving(g); ok {
				change.Code, change.Objects = "NextOneGateway", append(change.Objects, served)
				change.Args = []string{g.ID(), config.StripPort(i.q.Authority), ref.Object().String()}
			}
			out = append(out, change)
		}
	}
	return out
}

// serving is a Gateway whose server takes the host that the request names too, where it takes another one: a connection stays with the server that its
// server name picked, whatever host a later request on it names.
func (i *incident) serving(at mesh.Ref) (*networkingapi.Gateway, bool) {
	g, ok, _ := i.s.Gateways.Get(at.Namespace, at.Name)
	n, _, is := indexed(strings.TrimPrefix(at.Field, "spec.servers"))
	host := config.StripPort(i.q.Authority)
	if !ok || !is || n >= len(g.Spec.Servers) || !i.q.TLS() || host == i.q.Host {
		return nil, false
	}
	c := g.DeepCopy()
	c.Spec.Servers[n].Hosts = append(c.Spec.Servers[n].Hosts, host)
	return c, true
}

// bareHost takes the port out of a host of a VirtualService (Istio: VirtualService, hosts are names).
func (i *incident) bareHost() []Change {
	var out []Change
	all, _ := i.s.VirtualServices.All()
	for _, v := range all {
		c, changed := v.DeepCopy(), ""
		for n, h := range v.Spec.Hosts {
			if bare := config.StripPort(h); bare != h && strings.EqualFold(bare, config.StripPort(i.q.Authority)) {
				c.Spec.Hosts[n], changed = bare, config.Nth("spec.hosts", n)
			}
		}
		if changed != "" {
			out = append(out, Change{Code: "NextBareHost", Args: []string{config.StripPort(i.q.Authority), mesh.RefTo(v).At(changed).String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// delegate mends an entry that delegates to a VirtualService that istiod does not merge: one that does not exist, that has hosts of its own, or
// that is not exported there (istio: pilot/pkg/model/virtualservice.go, mergeVirtualServicesIfNeeded).
func (i *incident) delegate() []Change {
	var out []Change
	for ref, v := range causing(i, i.s.VirtualServices) {
		for n, h := range v.Spec.Http {
			d := h.GetDelegate()
			if d == nil {
				continue
			}
			ns := d.Namespace
			if ns == "" {
				ns = v.Namespace
			}
			to, ok, _ := i.s.VirtualServices.Get(ns, d.Name)
			if !ok {
				out = append(out, i.otherDelegate(v, ref, n, ns)...)
				continue
			}
			c := to.DeepCopy()
			at := mesh.RefTo(c)
			switch {
			case len(to.Spec.Hosts) > 0:
				c.Spec.Hosts, c.Spec.Gateways = nil, nil
				out = append(out, Change{Code: "NextDelegateHosts", Args: []string{at.String(), ref.Object().String()}, Objects: []metav1.Object{c}})
				out = append(out, routeDirectly(v, to, n)...)
			case ns != v.Namespace && len(to.Spec.ExportTo) > 0:
				c.Spec.ExportTo = append(c.Spec.ExportTo, v.Namespace)
				out = append(out, Change{Code: "NextExport", Args: []string{at.String(), v.Namespace}, Objects: []metav1.Object{c}})
			default:
				out = append(out, routeDirectly(v, to, n)...)
			}
		}
	}
	return out
}

// routeDirectly sends what an entry delegates to where the delegate's first route sends it, for a delegate that cannot be merged with the entry.
func routeDirectly(v, to *networkingapi.VirtualService, entry int) []Change {
	at := slices.IndexFunc(to.Spec.Http, func(h *networking.HTTPRoute) bool { return len(h.Route) > 0 })
	if at < 0 {
		return nil
	}
	c := v.DeepCopy()
	h := c.Spec.Http[entry]
	h.Delegate, h.Route = nil, to.DeepCopy().Spec.Http[at].Route
	for _, r := range h.Route {
		if r.Destination != nil && !strings.Contains(r.Destination.Host, ".") && to.Namespace != v.Namespace {
			r.Destination.Host = mesh.ResolveHost(r.Destination.Host, to.Namespace)
		}
	}
	where := mesh.RefTo(v).At(config.Nth("spec.http", entry)).String()
	return []Change{{Code: "NextRouteDirectly", Args: []string{where, mesh.RefTo(to).String(), h.Route[0].GetDestination().GetHost()}, Objects: []metav1.Object{c}}}
}

// otherDelegate delegates to a VirtualService with a similar name.
func (i *incident) otherDelegate(v *networkingapi.VirtualService, ref mesh.Ref, entry int, namespace string) []Change {
	all, _ := i.s.VirtualServices.In(namespace)
	var names []string
	for _, x := range all {
		if len(x.Spec.Hosts) == 0 {
			names = append(names, x.Name)
		}
	}
	name := like(v.Spec.Http[entry].Delegate.Name, names)
	if name == "" {
		return nil
	}
	c := v.DeepCopy()
	c.Spec.Http[entry].Delegate.Name = name
	return []Change{{Code: "NextDelegate", Args: []string{namespace + "/" + name, ref.Object().String() + " spec.http[" + strconv.Itoa(entry) + "].delegate"}, Objects: []metav1.Object{c}}}
}

// join adds the routes of a VirtualService that is ignored, since an older one has its host, to that one: in sidecars and waypoints they are
// not merged (istio: pilot/pkg/networking/core/route/route.go).
func (i *incident) join() []Change {
	var out []Change
	for _, ref := range i.beaten(mesh.VirtualService, precedence.HostTaken) {
		lost, ok, _ := i.s.VirtualServices.Get(ref.Namespace, ref.Name)
		if !ok || len(lost.Spec.Http) == 0 {
			continue
		}
		for at, v := range causing(i, i.s.VirtualServices) {
			if v == lost || v.Namespace != lost.Namespace {
				continue // destinations without a namespace would be others there
			}
			c := v.DeepCopy()
			c.Spec.Http = append(c.Spec.Http, lost.DeepCopy().Spec.Http...)
			out = append(out, Change{Code: "NextJoin", Args: []string{ref.String(), at.Object().String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// nameSecret names a Secret that is there in place of one that is not, if their names are alike, or tells how one of another namespace gets to
// where the gateway's pod runs. What is in a Secret is nobody's to print.
func (i *incident) nameSecret() []Change {
	namespace := ""
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		if r.Reason == flow.CredentialMissing {
			namespace = n.Party.Namespace
		}
	})
	var out []Change
	for ref, g := range causing(i, i.s.Gateways) {
		n, _, ok := indexed(strings.TrimPrefix(ref.Field, "spec.servers"))
		if !ok || n >= len(g.Spec.Servers) || g.Spec.Servers[n].GetTls().GetCredentialName() == "" || !strings.HasSuffix(ref.Field, "credentialName") {
			continue
		}
		name := g.Spec.Servers[n].Tls.CredentialName
		all, _ := i.s.Secrets.All()
		var near []string
		for _, x := range all {
			switch {
			case x.Namespace == namespace:
				near = append(near, x.Name)
			case x.Name == name:
				move := shell.Command("kubectl", "get", "secret", name, "-n", x.Namespace, "-o", "yaml") + " | sed " + shell.Quote("s/^  namespace: .*/  namespace: "+namespace+"/") + " | kubectl apply -f -"
				c := x.DeepCopy()
				c.Namespace = namespace
				out = append(out, Change{Code: "NextCopySecret", Args: []string{x.Namespace + "/" + name, namespace}, Objects: []metav1.Object{c}, Command: move})
			}
		}
		if to := like(name, near); to != "" && to != name {
			c := g.DeepCopy()
			c.Spec.Servers[n].Tls.CredentialName = to
			out = append(out, Change{Code: "NextOtherSecret", Args: []string{to, ref.String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}
