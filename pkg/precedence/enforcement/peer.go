package enforcement

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// PeerIsWaypoint is why a rule that compares who the peer is comes to something else behind a waypoint: the peer is the waypoint there.
const PeerIsWaypoint precedence.LossReason = "PeerIsWaypoint"

// behindWaypoint are the rules of a policy that tell clients apart, and that meet a waypoint in place of them. One that names the waypoint itself is
// meant for it, and one that asks for any identity at all does not care.
func (b *builder) behindWaypoint(has *ztunnel.Policy, at Place) []Rule {
	if !slices.Contains(at.Behind, ByService) && !slices.Contains(at.Behind, ByAddress) {
		return nil
	}
	var out []Rule
	for i, r := range has.Rules {
		if r.Fate == ztunnel.Inert || r.Fate == ztunnel.Dropped || !distinguishes(&has.Rules[i]) || b.namesWaypoint(has.AuthorizationPolicy, i) {
			continue
		}
		out = append(out, Rule{Ref: r.Ref, Fate: ztunnel.Changed.String(), Why: PeerIsWaypoint, Behind: true})
	}
	return out
}

// distinguishes reports whether a rule compares who the peer is with anything but any identity.
func distinguishes(r *ztunnel.Rule) bool {
	return slices.ContainsFunc(r.Clauses(), func(c ztunnel.Clause) bool {
		return slices.ContainsFunc(c, func(a ztunnel.Alternative) bool {
			return slices.ContainsFunc(a.Conditions, func(x ztunnel.Condition) bool {
				return x.Of != ztunnel.DestinationIP && x.Of != ztunnel.DestinationPort &&
					slices.ContainsFunc(x.Values, func(v string) bool { return v != "*" })
			})
		})
	})
}

// namesWaypoint reports whether a rule names the identity of a waypoint on a way to the pod.
func (b *builder) namesWaypoint(p *securityapi.AuthorizationPolicy, rule int) bool {
	r := p.Spec.Rules[rule]
	var values []string
	for _, f := range r.GetFrom() {
		x := f.GetSource()
		values = slices.Concat(values, x.GetPrincipals(), x.GetNotPrincipals(), x.GetServiceAccounts(), x.GetNotServiceAccounts())
	}
	for _, w := range r.GetWhen() {
		if strings.HasPrefix(w.GetKey(), "source.") {
			values = slices.Concat(values, w.GetValues(), w.GetNotValues())
		}
	}
	return slices.ContainsFunc(b.routes, func(x route) bool {
		w := x.target.Gateway
		account := b.accountOf(w)
		return slices.ContainsFunc(values, func(v string) bool {
			return strings.HasSuffix(v, "/ns/"+w.Namespace+"/sa/"+account) || v == w.Namespace+"/"+account || v == account && p.Namespace == w.Namespace
		})
	})
}

// accountOf is the service account of a waypoint's pods.
func (b *builder) accountOf(w mesh.Ref) string {
	pods, _ := b.s.Pods.In(w.Namespace)
	for _, p := range pods {
		if p.Labels[mesh.GatewayNameLabel] == w.Name {
			return mesh.ServiceAccountOf(p)
		}
	}
	return w.Name
}

// strictNotMade tells that a STRICT mode which the pod inherits is not in force: the pod refers to a policy of its own ports that istiod does not make.
func strictNotMade(ref mesh.Ref, p *securityapi.PeerAuthentication, found ztunnel.Peer) []Rule {
	if found.Missing == "" || p.Spec.GetMtls().GetMode() != security.PeerAuthentication_MutualTLS_STRICT {
		return nil
	}
	at := ref.At("spec.mtls.mode")
	return []Rule{{Ref: at, Fate: ztunnel.Dropped.String(), Lost: []mesh.Ref{found.From}, Why: PolicyNotMade}}
}
