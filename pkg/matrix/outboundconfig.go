package matrix

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

// outboundRequest is a request as far as the client's proxy decides where it goes.
type outboundRequest struct {
	IPs       []netip.Addr // that the client's program may dial
	Port      int
	Authority string
	SNI       string
	HTTP      bool         // the client's bytes are HTTP in clear text
	Meant     []*mesh.Host // what is dialled or named, whether the proxy knows it or not
}

// outboundConfig describes all that a sidecar knows and that can bear on an outbound request: two sidecars of one revision of which the text is the
// same send it the same way. The Sidecar resource itself is named by "." where it says nothing but what clients may reach, so that clients that
// differ in its name alone are alike.
func outboundConfig(c *routing.Scope, s *mesh.Snapshot, client precedence.Client, e outboundRequest) string {
	o := &configText{scope: c, s: s, client: client}
	o.text.Grow(512)
	o.add(strconv.Itoa(int(c.Mode)), o.name(c.ModeFrom))
	if c.Egress != nil {
		o.destination(c.Egress.Host, c.Egress.Subset)
		o.add(strconv.Itoa(int(c.Egress.GetPort().GetNumber())))
	}
	for _, h := range e.Meant {
		known := c.Host(h.Name) != nil
		o.add(h.Name, strconv.FormatBool(known))
		if !known {
			o.add(strconv.FormatBool(precedence.ServiceVisible(s, h, client.Namespace)), o.name(c.Sidecar))
		}
	}
	listeners := c.OutboundListeners(s, client)
	for _, ip := range e.IPs {
		o.listener(listeners.Find(ip, e.Port), ip, e)
	}
	return o.text.String()
}

// configText is the text in the making.
type configText struct {
	scope  *routing.Scope
	s      *mesh.Snapshot
	client precedence.Client
	text   strings.Builder
	table  *config.RouteTable
}

func (o *configText) add(parts ...string) {
	for _, p := range parts {
		o.text.WriteString(p)
		o.text.WriteByte('|')
	}
}

func (o *configText) ref(r mesh.Ref) { o.add(string(r.Kind), r.Namespace, r.Name, r.Field) }

// name names the Sidecar by a dot, as it is the client's own.
func (o *configText) name(r mesh.Ref) string {
	if !r.IsZero() && r.Object() == o.scope.Sidecar && len(o.scope.Ingress) == 0 {
		return ". " + r.Field
	}
	return r.String()
}

func (o *configText) listener(l *routing.Listener, ip netip.Addr, e outboundRequest) {
	if l == nil {
		o.add("none")
		return
	}
	takes := l.TakesHTTP(ip)
	o.add("at", strconv.FormatBool(l.HTTP), strconv.FormatBool(l.Detects), strconv.FormatBool(takes), strconv.FormatBool(len(l.Chains) > 0))
	if !e.HTTP && len(l.Hosts) > 0 {
		o.ref(l.Hosts[0])
	}
	if chain := l.Match(ip, e.SNI); chain != nil {
		o.ref(chain.From)
		for _, t := range chain.To {
			o.add(strconv.Itoa(t.Port), strconv.Itoa(int(t.Weight)))
			o.destination(t.Host, t.Subset)
		}
	}
	if e.HTTP && l.HTTP && (takes || !l.Detects) {
		o.routes(l, e)
	}
}

func (o *configText) routes(l *routing.Listener, e outboundRequest) {
	if o.table == nil {
		o.table = o.scope.RouteTable(o.s, o.client, e.Port)
	}
	var v *config.VirtualHost
	if l.Only != nil {
		o.add("only", l.Only.Name)
		for _, x := range o.table.Hosts {
			if slices.Contains(x.Domains, strings.ToLower(l.Only.Name)) {
				v = x
			}
		}
	} else {
		v = o.table.Lookup(e.Authority)
	}
	if v == nil {
		o.add("no host")
		return
	}
	o.add("host", v.Name)
	if v.Host != nil {
		o.destination(v.Host.Name, "")
	}
	if v.VS != nil {
		o.ref(v.VS.Ref)
		o.add(v.VS.Hosts...)
	}
	for _, r := range v.Routes {
		o.ref(r.Ref)
		for _, d := range r.HTTP.Route {
			o.destination(d.GetDestination().GetHost(), d.GetDestination().GetSubset())
		}
	}
}

// destination tells what the proxy knows of a host, and which rule it has for it.
func (o *configText) destination(name, subset string) {
	h := o.scope.Host(name)
	if h != nil && h.Resolution == mesh.Alias {
		o.add("alias")
		h = o.scope.Host(h.AliasOf)
	}
	if h == nil {
		o.add("unknown", name)
		for _, x := range o.s.HostsNamed(name) {
			o.add(strconv.FormatBool(precedence.ServiceVisible(o.s, x, o.client.Namespace)))
		}
		return
	}
	o.ref(h.Ref)
	o.add(h.Name)
	o.add(h.Addresses...)
	for _, p := range h.Ports {
		o.text.WriteString(strconv.Itoa(p.Number) + ",")
	}
	if routing.ResolvedAtHome(h) {
		o.add(o.client.Namespace)
	}
	rule := precedence.DestinationRule(o.s, o.client, h).Rule
	if rule != nil {
		for _, r := range rule.Sources {
			o.ref(r)
		}
	}
	if subset == "" {
		return
	}
	if _, ok := rule.Subset(subset); !ok {
		o.add("no subset", o.client.Namespace) // the rules that are hidden from it are named then
	}
}

// ClientLabels lists the labels of clients that any rule looks at: source labels of VirtualServices, and the workload selectors of
// DestinationRules and Sidecars.
func ClientLabels(s *mesh.Snapshot) []string {
	type key struct{}
	return mesh.Derive(s, key{}, func() []string {
		seen := map[string]bool{}
		add := func(labels map[string]string) {
			for k := range labels {
				seen[k] = true
			}
		}
		for _, v := range routing.VirtualServices(s) {
			for m := range v.Matches() {
				add(m.GetSourceLabels())
			}
		}
		rules, _ := s.DestinationRules.All()
		for _, d := range rules {
			add(d.Spec.GetWorkloadSelector().GetMatchLabels())
		}
		sidecars, _ := s.Sidecars.All()
		for _, x := range sidecars {
			add(x.Spec.GetWorkloadSelector().GetLabels())
		}
		return sorted(seen)
	})
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
