package enforcement

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// ztunnelRules are the rules of a policy that ztunnel has otherwise than they are written.
func ztunnelRules(p *ztunnel.Policy) []Rule {
	var out []Rule
	for _, r := range p.Rules {
		if r.Fate == ztunnel.AsWritten {
			continue
		}
		x := Rule{Ref: r.Ref, Fate: r.Fate.String()}
		for _, l := range r.Lost {
			x.Lost = append(x.Lost, r.Ref.At(l.Field))
			if x.Why == "" {
				x.Why = l.Why
			}
		}
		out = append(out, x)
	}
	return out
}

// waypointRules are the rules that a waypoint has otherwise: those that compare the address of the peer, which is the end of a tunnel there,
// and those that ask for HTTP on ports of the Service that are not read as HTTP. Host is nil where the pod itself is dialled.
func waypointRules(ref mesh.Ref, p *securityapi.AuthorizationPolicy, host *mesh.Host) []Rule {
	var out []Rule
	for i, r := range p.Spec.Rules {
		at := ref.At("spec.rules[" + strconv.Itoa(i) + "]")
		if f := waypoint.AddressFate(at.Field, r); len(f.Fields) > 0 {
			x := Rule{Ref: at, Fate: fateName(f), Why: waypoint.PeerIsNoAddress}
			for _, field := range f.Fields {
				x.Lost = append(x.Lost, ref.At(field))
			}
			out = append(out, x)
		}
		if x, lost := lostOnTCP(at, p.Spec.Action, r, host); lost {
			out = append(out, x)
		}
	}
	return out
}

// PortWithoutHTTP is why a rule that asks for HTTP comes to something else on some ports of a Service: they are declared to be no HTTP.
const PortWithoutHTTP precedence.LossReason = "PortWithoutHTTP"

// lostOnTCP judges a rule on the ports of a host that are declared to be no HTTP. There an ALLOW rule that asks for HTTP is left out as a
// whole; of a DENY rule what it asks of HTTP is, so that it denies more (pilot/pkg/security/authz/model/model.go, Generate).
func lostOnTCP(at mesh.Ref, action security.AuthorizationPolicy_Action, r *security.Rule, host *mesh.Host) (Rule, bool) {
	x := Rule{Ref: at, Why: PortWithoutHTTP, Fate: ztunnel.Dropped.String()}
	switch action {
	case security.AuthorizationPolicy_DENY:
		x.Fate = ztunnel.Wider.String()
	case security.AuthorizationPolicy_ALLOW:
	default:
		return x, false
	}
	if x.Lost = httpFields(at, r); host == nil || len(x.Lost) == 0 {
		return x, false
	}
	for _, p := range host.Ports {
		if p.Protocol.Class() == mesh.ClassTCP && names(r, p.Number) {
			x.Ports = append(x.Ports, p.Number)
		}
	}
	return x, len(x.Ports) > 0
}

// names reports whether a rule can concern a port: an operation without ports concerns every one.
func names(r *security.Rule, port int) bool {
	return len(r.GetTo()) == 0 || slices.ContainsFunc(r.GetTo(), func(to *security.Rule_To) bool {
		ports := to.GetOperation().GetPorts()
		return len(ports) == 0 || slices.Contains(ports, strconv.Itoa(port))
	})
}

// httpFields are those fields of a rule that only HTTP has.
func httpFields(at mesh.Ref, r *security.Rule) []mesh.Ref {
	var out []mesh.Ref
	add := func(field string, values []string) {
		if len(values) > 0 {
			out = append(out, at.At(at.Field+field))
		}
	}
	for i, from := range r.GetFrom() {
		x, field := from.GetSource(), ".from["+strconv.Itoa(i)+"].source."
		add(field+"requestPrincipals", x.GetRequestPrincipals())
		add(field+"notRequestPrincipals", x.GetNotRequestPrincipals())
	}
	for i, to := range r.GetTo() {
		x, field := to.GetOperation(), ".to["+strconv.Itoa(i)+"].operation."
		add(field+"hosts", x.GetHosts())
		add(field+"notHosts", x.GetNotHosts())
		add(field+"methods", x.GetMethods())
		add(field+"notMethods", x.GetNotMethods())
		add(field+"paths", x.GetPaths())
		add(field+"notPaths", x.GetNotPaths())
	}
	for i, when := range r.GetWhen() {
		if strings.HasPrefix(when.GetKey(), "request.") {
			add(".when["+strconv.Itoa(i)+"].key", []string{when.GetKey()})
		}
	}
	return out
}

func fateName(f waypoint.Fate) string {
	switch {
	case f.Inert:
		return ztunnel.Inert.String()
	case f.Wider && f.Narrower:
		return ztunnel.Changed.String()
	case f.Wider:
		return ztunnel.Wider.String()
	}
	return ztunnel.Narrower.String()
}

// idle notes of a place that a DENY policy can match nothing there: none of its rules is left, or it has none.
func idle(p *securityapi.AuthorizationPolicy, at Place) Place {
	inert := 0
	for _, r := range at.Rules {
		if r.Fate == ztunnel.Inert.String() && len(r.Ports) == 0 {
			inert++
		}
	}
	at.Idle = p.Spec.Action == security.AuthorizationPolicy_DENY && inert >= len(p.Spec.Rules)
	return at
}
