package gatewayapi_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

// description writes down what a proxy gets of the Gateway API, and what it does not get.
type description struct{ strings.Builder }

func (d *description) line(format string, args ...any) { _, _ = fmt.Fprintf(d, format+"\n", args...) }

func describe(s *mesh.Snapshot) string {
	d := &description{}
	d.considered("not programmed", gatewayapi.NotProgrammed(s))
	d.considered("problems", gatewayapi.RouteProblems(s))
	pods, _ := s.Pods.All()
	for _, p := range pods {
		view := gateway.Of(s, p)
		for _, number := range slices.Sorted(maps.Keys(view.Ports)) {
			for _, c := range view.Ports[number].Chains {
				d.chain(s, p.Namespace, number, &c)
			}
		}
		for _, g := range view.Gaps {
			d.line("gap %s %s %s", g.Kind, g.Namespace, g.Cause)
		}
	}
	for _, ns := range []string{"foo", "bar"} {
		d.mesh(s, ns)
	}
	return d.String()
}

func (d *description) considered(title string, list []precedence.Considered) {
	for _, c := range list {
		by := ""
		if !c.By.IsZero() {
			by = ", by " + c.By.String()
		}
		d.line("%s: %s %s%s", title, c.Ref, c.Why, by)
	}
}

func (d *description) chain(s *mesh.Snapshot, namespace string, port int, c *gateway.Chain) {
	x := c.Server()
	tls := ""
	if t := x.Tls; t != nil {
		tls = strings.Join(strings.Fields(fmt.Sprintf(" %s %s %s ca=%s", t.Mode, t.CredentialName, strings.Join(t.CredentialNames, " "), t.CaCertCredentialName)), " ")
		tls = " " + strings.TrimSuffix(tls, " ca=")
	}
	d.line("port %d %s %s%s", port, x.Server.Port.Protocol, strings.Join(c.SNI, " "), tls)
	for _, x := range c.Servers {
		d.line("  %s (%s) hosts %s", x.Gateway, x.Ref.Field, strings.Join(x.Hosts, " "))
	}
	for _, to := range c.To {
		d.line("  to %s from %s", l4(to), c.From)
	}
	if c.HTTP {
		d.hosts(c.RouteTable(s, precedence.Client{Namespace: namespace}).Hosts)
	}
}

// mesh describes what clients of a namespace get of routes that are bound to the mesh.
func (d *description) mesh(s *mesh.Snapshot, namespace string) {
	client := precedence.Client{Namespace: namespace}
	scope := routing.ScopeOf(s, namespace, precedence.Sidecar(s, namespace, nil))
	for _, port := range []int{80, 8000} {
		hosts := slices.DeleteFunc(slices.Clone(scope.RouteTable(s, client, port).Hosts), func(v *config.VirtualHost) bool { return v.VS == nil })
		if len(hosts) > 0 {
			d.line("mesh %s port %d", namespace, port)
			d.hosts(hosts)
		}
	}
	listeners := scope.OutboundListeners(s, client)
	for _, h := range scope.Hosts() {
		for _, p := range h.Ports {
			for _, a := range h.Addresses {
				if ip, err := netip.ParseAddr(a); err == nil {
					d.listener(namespace, listeners.Find(ip, p.Number))
				}
			}
		}
	}
}

func (d *description) listener(namespace string, l *routing.Listener) {
	if l == nil {
		return
	}
	for _, c := range l.Chains {
		if c.From.Kind != mesh.TCPRoute && c.From.Kind != mesh.TLSRoute {
			continue
		}
		d.line("mesh %s %s:%d %s from %s", namespace, l.Bind, l.Port, strings.Join(c.SNI, " "), c.From)
		for _, to := range c.To {
			d.line("  to %s", l4(to))
		}
	}
}

func l4(to routing.L4Route) string {
	return fmt.Sprintf("%q:%d weight %d", to.Host, to.Port, to.Weight)
}

func (d *description) hosts(hosts []*config.VirtualHost) {
	for _, v := range hosts {
		d.line("  %s", v.Name)
		for _, r := range v.Routes {
			d.line("    %s: %s", r.Ref, strings.Join(append(condition(r), action(r.HTTP)...), " "))
		}
	}
}

func condition(r config.Route) []string {
	m := r.Match
	if m == nil {
		return []string{"any"}
	}
	out := []string{textMatch(m.Uri)}
	if field, ok := strings.CutPrefix(r.Condition("uri"), r.Ref.Field+"."); ok && m.Uri != nil {
		out[0] = field + ":" + out[0]
	}
	if m.Method != nil {
		out = append(out, textMatch(m.Method))
	}
	for _, of := range []map[string]*networking.StringMatch{m.Headers, m.QueryParams} {
		for _, k := range slices.Sorted(maps.Keys(of)) {
			out = append(out, k+":"+textMatch(of[k]))
		}
	}
	if m.Port != 0 {
		out = append(out, fmt.Sprintf("port %d", m.Port))
	}
	return out
}

func textMatch(m *networking.StringMatch) string {
	switch {
	case m.GetExact() != "":
		return "=" + m.GetExact()
	case m.GetPrefix() != "":
		return m.GetPrefix() + "..."
	case m.GetRegex() != "":
		return "~" + m.GetRegex()
	}
	return "*"
}

func action(h config.HTTPRoute) []string {
	var out []string
	for i, x := range h.Route {
		out = append(out, fmt.Sprintf("-> %q:%d", x.Destination.Host, x.Destination.GetPort().GetNumber()))
		if x.Weight != 0 {
			out = append(out, fmt.Sprintf("weight %d", x.Weight))
		}
		out = append(out, h.Part(fmt.Sprintf("route[%d].destination", i)).Field)
		out = append(out, headers(x.Headers)...)
	}
	part := func(name, text string) { out = append(out, text, h.Part(name).Field) }
	if x := h.DirectResponse; x != nil {
		part("directResponse", fmt.Sprintf("answers %d", x.Status))
	}
	if x := h.Redirect; x != nil {
		part("redirect", fmt.Sprintf("redirects %d scheme=%q host=%q port=%d/%s path=%q prefix=%q", x.RedirectCode, x.Scheme, x.Authority, x.GetPort(), x.GetDerivePort(), x.Uri, x.PrefixRewrite))
	}
	if x := h.Rewrite; x != nil {
		part("rewrite", fmt.Sprintf("rewrites prefix=%q whole=%q host=%q", x.Uri, x.GetUriRegexRewrite().GetRewrite(), x.Authority))
	}
	out = append(out, headers(h.Headers)...)
	for i, x := range h.Mirrors {
		percent := 100.0
		if x.Percentage != nil {
			percent = x.Percentage.Value
		}
		part(fmt.Sprintf("mirrors[%d].destination", i), fmt.Sprintf("mirrors %g%% to %s", percent, x.Destination.Host))
	}
	if x := h.CorsPolicy; x != nil {
		var origins []string
		for _, o := range x.AllowOrigins {
			origins = append(origins, textMatch(o))
		}
		part("corsPolicy", fmt.Sprintf("cors %s methods=%v headers=%v expose=%v age=%s credentials=%v unmatched=%s", strings.Join(origins, " "), x.AllowMethods,
			x.AllowHeaders, x.ExposeHeaders, x.MaxAge.AsDuration(), x.AllowCredentials.GetValue(), x.UnmatchedPreflights))
	}
	if h.Timeout != nil {
		part("timeout", "timeout "+h.Timeout.AsDuration().String())
	}
	if x := h.Retries; x != nil {
		part("retries", fmt.Sprintf("retries %d on %s", x.Attempts, x.RetryOn))
		if x.PerTryTimeout != nil {
			part("retries.perTryTimeout", "per try "+x.PerTryTimeout.AsDuration().String())
		}
	}
	return out
}

func headers(h *networking.Headers) []string {
	var out []string
	ops := func(name string, o *networking.Headers_HeaderOperations) {
		if o != nil {
			out = append(out, fmt.Sprintf("%s headers set=%v add=%v remove=%v", name, o.Set, o.Add, o.Remove))
		}
	}
	ops("request", h.GetRequest())
	ops("response", h.GetResponse())
	return out
}
