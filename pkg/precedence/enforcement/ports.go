package enforcement

import (
	"maps"
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Why a port of a policy is none that is compared where the policy is enforced.
const (
	// PortOfService is so of a Service's port at the pod's own proxy, which sees the pod's port.
	PortOfService precedence.LossReason = "PortOfService"
	// PortOfPod is so of a pod's port at a waypoint, which sees the port of the Service that was dialled.
	PortOfPod precedence.LossReason = "PortOfPod"
)

// ofService reports whether a number is the port of a Service that sends to the pod, and no port of the pod itself.
func (b *builder) ofService(port int) bool {
	sendsTo := func(t mesh.Target) bool { return t.Port.Number == port }
	return !b.ztunnels.TakesPort(b.pod, port) && slices.ContainsFunc(b.ztunnels.Targets(b.pod), sendsTo)
}

// ofPod reports whether a number is the port of the pod to which a host sends, and no port of the host's own.
func (b *builder) ofPod(h *mesh.Host, port int) bool {
	if _, own := h.Port(port); own {
		return false
	}
	if b.pod == nil {
		return slices.ContainsFunc(h.Ports, func(p mesh.Port) bool { return p.TargetPort == port })
	}
	return slices.ContainsFunc(b.ztunnels.Targets(b.pod), func(t mesh.Target) bool { return t.Host.Ref == h.Ref && t.Number == port })
}

// misported are the rules of a policy whose operations name ports that are not the ones which are compared: an operation with such ports alone never
// matches, and an exception for them excepts nothing.
func misported(at mesh.Ref, p *securityapi.AuthorizationPolicy, why precedence.LossReason, wrong func(port int) bool) []Rule {
	var out []Rule
	for i, r := range p.Spec.Rules {
		rule := at.At("spec.rules[" + strconv.Itoa(i) + "]")
		x := Rule{Ref: rule, Why: why}
		dead, wider := 0, false
		for j, to := range r.GetTo() {
			field := rule.Field + ".to[" + strconv.Itoa(j) + "].operation."
			if all(to.GetOperation().GetPorts(), wrong) {
				dead, x.Lost = dead+1, append(x.Lost, at.At(field+"ports"))
			}
			if all(to.GetOperation().GetNotPorts(), wrong) {
				wider, x.Lost = true, append(x.Lost, at.At(field+"notPorts"))
			}
		}
		switch {
		case len(x.Lost) == 0:
			continue
		case dead == len(r.GetTo()):
			x.Fate = ztunnel.Inert.String()
		case dead > 0 && wider:
			x.Fate = ztunnel.Changed.String()
		case wider:
			x.Fate = ztunnel.Wider.String()
		default:
			x.Fate = ztunnel.Narrower.String()
		}
		out = append(out, x)
	}
	return out
}

// all reports whether there are ports, and all of them are wrong.
func all(ports []string, wrong func(int) bool) bool {
	return len(ports) > 0 && !slices.ContainsFunc(ports, func(v string) bool {
		n, err := strconv.Atoi(v)
		return err != nil || !wrong(n)
	})
}

// portModes are the modes of single ports that come to nothing at ztunnel: of a Service's port; of DISABLE under a STRICT that is inherited; and
// of those of which istiod makes no policy.
func (b *builder) portModes(ref mesh.Ref, p *securityapi.PeerAuthentication) []Rule {
	var out []Rule
	modes := p.Spec.GetPortLevelMtls()
	for _, n := range slices.Sorted(maps.Keys(modes)) {
		mode := modes[n].GetMode()
		x := Rule{Ref: ref.At("spec.portLevelMtls[" + strconv.Itoa(int(n)) + "].mode"), Fate: ztunnel.Dropped.String()}
		switch found := ztunnel.PeerAuthentication(b.ztunnels, b.pod, int(n)); {
		case mode == security.PeerAuthentication_MutualTLS_UNSET:
			continue
		case b.ofService(int(n)):
			x.Why = PortOfService
		case found.Refuses != (mode == security.PeerAuthentication_MutualTLS_STRICT) && found.Missing == "":
			x.Why = ztunnel.PortLevelLost
		default:
			continue
		}
		out = append(out, x)
	}
	return out
}
