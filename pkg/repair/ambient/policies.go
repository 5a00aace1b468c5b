package ambient

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// targets are the targetRefs that mean a host.
func targets(h *mesh.Host) []*typeapi.PolicyTargetReference {
	if h.Entry != nil {
		return []*typeapi.PolicyTargetReference{{Group: "networking.istio.io", Kind: "ServiceEntry", Name: h.Ref.Name}}
	}
	return []*typeapi.PolicyTargetReference{{Kind: "Service", Name: h.Ref.Name}}
}

// moved is a policy for a waypoint in place of one for the pods of a host: what it says, as a waypoint reads it. A policy for a Service has to
// stand in the Service's namespace.
func moved(p *securityapi.AuthorizationPolicy, h *mesh.Host, name string) *securityapi.AuthorizationPolicy {
	c := p.DeepCopy()
	if name != p.Name || h.Namespace != p.Namespace {
		c.ObjectMeta = metav1.ObjectMeta{Name: name, Namespace: h.Namespace}
	}
	c.Spec.Selector, c.Spec.TargetRef, c.Spec.TargetRefs = nil, nil, targets(h)
	for _, r := range c.Spec.Rules {
		readAtWaypoint(r, h)
		if p.Spec.Action == security.AuthorizationPolicy_DENY {
			keepOffTCP(r, h)
		}
	}
	return c
}

// keepOffTCP keeps a rule that denies by HTTP away from the ports of a host that are declared to be no HTTP: a waypoint would leave the fields of
// HTTP out there, and deny every connection (pilot/pkg/security/authz/model/model.go, Generate).
func keepOffTCP(r *security.Rule, h *mesh.Host) {
	var tcp []string
	for _, p := range h.Ports {
		if p.Protocol.Class() == mesh.ClassTCP {
			tcp = append(tcp, strconv.Itoa(p.Number))
		}
	}
	if len(tcp) == 0 || !asksForHTTP(r) {
		return
	}
	if len(r.To) == 0 {
		r.To = []*security.Rule_To{{Operation: &security.Operation{}}}
	}
	for _, to := range r.To {
		if o := to.GetOperation(); o != nil && len(o.Ports) == 0 {
			o.NotPorts = append(o.NotPorts, tcp...)
		}
	}
}

// asksForHTTP reports whether a rule looks at what only HTTP has.
func asksForHTTP(r *security.Rule) bool {
	for _, to := range r.GetTo() {
		o := to.GetOperation()
		if len(o.GetHosts())+len(o.GetNotHosts())+len(o.GetMethods())+len(o.GetNotMethods())+len(o.GetPaths())+len(o.GetNotPaths()) > 0 {
			return true
		}
	}
	return asksForToken(r) || slices.ContainsFunc(r.GetWhen(), func(w *security.Condition) bool { return strings.HasPrefix(w.GetKey(), "request.") })
}

// readAtWaypoint writes a rule so that it says at a waypoint what it says at a ztunnel: ports are those of the Service there and not of the pod,
// and the address of the client is the remote one, as the peer of the waypoint has none.
func readAtWaypoint(r *security.Rule, h *mesh.Host) {
	for _, from := range r.GetFrom() {
		if s := from.GetSource(); s != nil {
			s.RemoteIpBlocks, s.IpBlocks = append(s.RemoteIpBlocks, s.IpBlocks...), nil
			s.NotRemoteIpBlocks, s.NotIpBlocks = append(s.NotRemoteIpBlocks, s.NotIpBlocks...), nil
		}
	}
	for _, to := range r.GetTo() {
		if o := to.GetOperation(); o != nil {
			o.Ports, o.NotPorts = servicePorts(o.Ports, h), servicePorts(o.NotPorts, h)
		}
	}
	for _, w := range r.GetWhen() {
		switch w.GetKey() {
		case "source.ip":
			w.Key = "remote.ip"
		case "destination.port":
			w.Values, w.NotValues = servicePorts(w.Values, h), servicePorts(w.NotValues, h)
		}
	}
}

// servicePorts are the ports of a host that lead to ports of its pods. One that none leads to stays as it is.
func servicePorts(ports []string, h *mesh.Host) []string {
	var out []string
	for _, p := range ports {
		own := []string{p}
		if found := leadingTo(p, h); len(found) > 0 {
			own = found
		}
		for _, x := range own {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

func leadingTo(port string, h *mesh.Host) []string {
	var out []string
	if h.Service == nil {
		return nil
	}
	for _, p := range h.Service.Spec.Ports {
		target := p.TargetPort.String()
		if target == "0" || target == "" {
			target = strconv.Itoa(int(p.Port))
		}
		if target == port {
			out = append(out, strconv.Itoa(int(p.Port)))
		}
	}
	return out
}

// fromWaypoint lets the pods of a Service take connections from its waypoint.
func fromWaypoint(s *mesh.Snapshot, h *mesh.Host, w Waypoint) *securityapi.AuthorizationPolicy {
	p := &securityapi.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Name: unused(s, h.Namespace, h.Ref.Name+"-from-waypoint"), Namespace: h.Namespace}}
	p.Spec.Selector = &typeapi.WorkloadSelector{MatchLabels: h.Selector}
	p.Spec.Rules = []*security.Rule{{From: []*security.Rule_From{{Source: &security.Source{Principals: []string{w.Principal()}}}}}}
	return p
}

// except keeps a waypoint out of what a rule denies: what comes from there the waypoint has judged.
func except(r *security.Rule, w Waypoint) {
	if len(r.From) == 0 {
		r.From = []*security.Rule_From{{Source: &security.Source{}}}
	}
	for _, from := range r.From {
		if from.Source == nil {
			from.Source = &security.Source{}
		}
		from.Source.NotPrincipals = append(slices.Clone(from.Source.NotPrincipals), w.Principal())
	}
}

// unused is a name that no AuthorizationPolicy of a namespace has.
func unused(s *mesh.Snapshot, namespace, name string) string {
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try += "-" + strconv.Itoa(n)
		}
		if _, taken, _ := s.AuthorizationPolicies.Get(namespace, try); !taken {
			return try
		}
	}
}

// asksForToken reports whether a rule looks at what a token says.
func asksForToken(r *security.Rule) bool {
	for _, from := range r.GetFrom() {
		if len(from.GetSource().GetRequestPrincipals())+len(from.GetSource().GetNotRequestPrincipals()) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.GetWhen(), func(w *security.Condition) bool { return strings.HasPrefix(w.GetKey(), "request.auth.") })
}
