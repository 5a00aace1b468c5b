package enforcement

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Why nobody enforces a policy, or otherwise than it is written, beside the reasons of the proxies themselves.
const (
	// NoWaypoint is so of policies for HTTP on a pod that only a ztunnel serves.
	NoWaypoint precedence.LossReason = "NoWaypoint"
	// DisableIsPermissive is so of PeerAuthentications: ztunnel takes mutual TLS whatever they say.
	DisableIsPermissive precedence.LossReason = "DisableIsPermissive"
	// DeniesNothing is so of DENY policies without rules: only an ALLOW policy without rules does anything.
	DeniesNothing precedence.LossReason = "DeniesNothing"
	// WaypointItself is so of policies that select a waypoint's own pods, or all pods where it is one of them.
	WaypointItself precedence.LossReason = "WaypointItself"
	// WaypointTakesTunnels is so of PeerAuthentications that select a waypoint's pods.
	WaypointTakesTunnels precedence.LossReason = "WaypointTakesTunnels"
	// PolicyNotMade is so of a PeerAuthentication by whose ports the pod refers to a policy that istiod does not make.
	PolicyNotMade precedence.LossReason = "PolicyNotMade"
)

// policies goes through the namespaces that have a say, kind by kind.
func (b *builder) policies() {
	b.routes = b.waypoints()
	namespaces := []string{b.own.Config.RootNamespace}
	if b.pod != nil {
		namespaces = append(namespaces, b.pod.Namespace)
	}
	for _, r := range b.routes {
		namespaces = append(namespaces, r.target.Gateway.Namespace)
	}
	for _, x := range b.out.Services {
		namespaces = append(namespaces, x.Host.Namespace, x.Binding.Gateway.Namespace)
	}
	namespaces = slices.DeleteFunc(namespaces, func(ns string) bool { return ns == "" })
	if b.pod != nil {
		b.peerAuthentications()
	}
	tokens, gaps := b.s.RequestAuthentications.In(namespaces...)
	b.out.Gaps = append(b.out.Gaps, gaps...)
	for _, p := range tokens {
		b.token(p)
	}
	rules, gaps := b.s.AuthorizationPolicies.In(namespaces...)
	b.out.Gaps = append(b.out.Gaps, gaps...)
	for _, p := range rules {
		b.authorization(p)
	}
	b.foreignTargets(namespaces)
	b.implied()
}

// foreignTargets takes up policies of other namespaces whose targetRefs name an object here by its namespace, as far as they were read: whoever wrote
// one meant the workload, and it is enforced by nobody (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy).
func (b *builder) foreignTargets(known []string) {
	names := func(targets []*typeapi.PolicyTargetReference) bool {
		return slices.ContainsFunc(targets, func(t *typeapi.PolicyTargetReference) bool { return t.GetNamespace() != "" })
	}
	tokens, _ := b.s.RequestAuthentications.All()
	for _, p := range tokens {
		if !slices.Contains(known, p.Namespace) && names(aimOf(nil, p.Spec.GetTargetRef(), p.Spec.GetTargetRefs()).targets) {
			b.token(p)
		}
	}
	rules, _ := b.s.AuthorizationPolicies.All()
	for _, p := range rules {
		if !slices.Contains(known, p.Namespace) && names(aimOf(nil, p.Spec.GetTargetRef(), p.Spec.GetTargetRefs()).targets) {
			b.authorization(p)
		}
	}
}

// implied are the policies that istiod makes itself and that no object stands for.
func (b *builder) implied() {
	if !b.captured() {
		return
	}
	for _, p := range ztunnel.AuthorizationPolicies(b.ztunnels, b.pod).Enforced {
		if p.Implied {
			ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
			b.out.Policies = append(b.out.Policies, Policy{Ref: ref, Action: p.Spec.Action.String(), MadeBy: p.Ref, Places: []Place{b.here(Ztunnel, nil)}})
		}
	}
}

// peerAuthentications are about connections that arrive at a pod.
func (b *builder) peerAuthentications() {
	peers, gaps := b.s.PeerAuthentications.In(b.pod.Namespace, b.own.Config.RootNamespace)
	b.out.Gaps = append(b.out.Gaps, gaps...)
	b.peers = precedence.PeerAuthentication(b.own, b.pod.Namespace, b.pod.Labels, 0).Considered
	b.hint = precedence.NamespaceMode(b.own, b.pod.Namespace)
	for _, p := range peers {
		b.peer(p)
	}
}

// add takes a policy up if it is enforced somewhere, or looks as if it meant the workload; of one that nobody enforces it asks why.
func (b *builder) add(p Policy, a aim, why func() (precedence.LossReason, mesh.Ref)) {
	switch {
	case len(p.Places) == 0:
		if !b.means(p.Ref, a) {
			return
		}
		if p.Why, p.At = b.foreign(p.Ref); p.Why != "" {
			break
		}
		if a.dry {
			p.Why, p.At = precedence.DryRun, p.Ref.At("metadata.annotations[istio.io/dry-run]")
			break
		}
		if p.Why, p.At = b.unbound(p.Ref, a); p.Why != "" {
			break
		}
		if p.Why, p.At = WaypointItself, p.Ref.At("spec.selector"); !b.selectsWaypoint(p.Ref, a) {
			p.Why, p.At = why()
		}
	case p.Nobody():
		p.Why, p.At = DeniesNothing, p.Ref.At("spec.rules")
		if r := p.Places[0].Rules; len(r) > 0 {
			p.Why, p.At = r[0].Why, firstField(append(slices.Clone(r[0].Lost), r[0].Ref)...)
		}
	}
	b.out.Policies = append(b.out.Policies, p)
}

// foreign tells a policy that is labelled for another control plane than that of every proxy here.
func (b *builder) foreign(ref mesh.Ref) (precedence.LossReason, mesh.Ref) {
	views := []*mesh.Snapshot{b.ztunnels, b.own}
	for _, r := range b.routes {
		views = append(views, r.view)
	}
	if slices.ContainsFunc(views, func(s *mesh.Snapshot) bool { return s.Has(ref) }) {
		return "", mesh.Ref{}
	}
	return precedence.OtherRevision, ref.At("metadata.labels[istio.io/rev]")
}

func (b *builder) authorization(p *securityapi.AuthorizationPolicy) {
	ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
	out := Policy{Ref: ref, Action: p.Spec.Action.String()}
	dry := isDryRun(p)
	for _, r := range b.routes {
		if !dry && b.applies(waypoint.AuthorizationPolicies(r.view, r.target).Considered, ref) {
			rules := waypointRules(ref, p, r.target.Host)
			if h := r.target.Host; h != nil {
				rules = append(rules, misported(ref, p, PortOfPod, func(n int) bool { return b.ofPod(h, n) })...)
			}
			out.Places = append(out.Places, idle(p, r.place(rules)))
		}
	}
	var considered []precedence.Considered
	switch {
	case b.captured():
		considered = ztunnel.AuthorizationPolicies(b.ztunnels, b.pod).Considered
		if b.applies(considered, ref) {
			has := ztunnel.Translate(b.ztunnels, p)
			place := idle(p, b.here(Ztunnel, append(ztunnelRules(has), misported(ref, p, PortOfService, b.ofService)...)))
			place.Asks = has.AsksPeer()
			place.Rules = append(place.Rules, b.behindWaypoint(has, place)...)
			out.Places = append(out.Places, place)
		}
	case b.proxy() != "":
		considered = precedence.AuthorizationPolicies(b.own, b.pod).Considered
		if !dry && b.applies(considered, ref) {
			out.Places = append(out.Places, idle(p, b.here(b.proxy(), nil)))
		}
	}
	aim := aimOf(p.Spec.GetSelector(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
	aim.dry = dry
	b.add(out, aim, func() (precedence.LossReason, mesh.Ref) { return b.lost(ref, considered) })
}

// isDryRun reports whether a policy is only logged by Envoy.
func isDryRun(p *securityapi.AuthorizationPolicy) bool {
	dry, _ := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
	return dry
}

func (b *builder) token(p *securityapi.RequestAuthentication) {
	ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
	out := Policy{Ref: ref}
	for _, r := range b.routes {
		if b.applies(waypoint.RequestAuthentications(r.view, r.target).Considered, ref) {
			out.Places = append(out.Places, r.place(nil))
		}
	}
	var considered []precedence.Considered
	if b.proxy() != "" {
		considered = precedence.RequestAuthentications(b.own, b.pod).Considered
		if b.applies(considered, ref) {
			out.Places = append(out.Places, b.here(b.proxy(), nil))
		}
	}
	b.add(out, aimOf(p.Spec.GetSelector(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs()), func() (precedence.LossReason, mesh.Ref) {
		switch {
		case len(b.routes) > 0 && b.proxy() == "":
			return waypoint.NoTargetRefs, ref
		case b.captured():
			return ztunnel.NeedsHTTP, ref
		}
		return b.lost(ref, considered)
	})
}

func (b *builder) peer(p *securityapi.PeerAuthentication) {
	ref := mesh.Ref{Kind: mesh.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}
	out := Policy{Ref: ref}
	var considered []precedence.Considered
	switch {
	case b.captured():
		found := ztunnel.PeerAuthentication(b.ztunnels, b.pod, 0)
		considered = found.Considered
		if b.applies(considered, ref) {
			rules := append(peerRules(ref, p, found), strictNotMade(ref, p, found)...)
			if len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				rules = append(rules, b.portModes(ref, p)...)
			}
			place := b.here(Ztunnel, rules)
			place.Ways = slices.DeleteFunc(place.Ways, func(w Way) bool { return w != Plaintext })
			place.Behind = nil
			if len(place.Ways) > 0 {
				out.Places = append(out.Places, place)
			}
		}
	case b.proxy() != "":
		considered = b.peers
		if b.applies(considered, ref) {
			out.Places = append(out.Places, b.here(b.proxy(), nil))
		}
		// What no workload's own policy changes is what clients send: they go by the namespace's mode, or the mesh's.
		if b.proxy() == Sidecar && b.hint.From.Object() == ref {
			out.Places = append(out.Places, Place{Point: Clients, At: b.out.Pod, Ways: []Way{BySidecar, ByGateway}})
		}
	}
	b.add(out, aimOf(p.Spec.GetSelector(), nil, nil), func() (precedence.LossReason, mesh.Ref) { return b.lost(ref, considered) })
}

// peerRules are the modes that come to something else at ztunnel.
func peerRules(ref mesh.Ref, p *securityapi.PeerAuthentication, found ztunnel.Peer) []Rule {
	var out []Rule
	if found.Missing != "" && len(p.Spec.GetPortLevelMtls()) > 0 {
		out = append(out, Rule{Ref: ref.At("spec.portLevelMtls"), Fate: ztunnel.Dropped.String(), Why: PolicyNotMade})
	}
	if p.Spec.GetMtls().GetMode() == security.PeerAuthentication_MutualTLS_DISABLE {
		out = append(out, Rule{Ref: ref.At("spec.mtls.mode"), Fate: ztunnel.Changed.String(), Why: DisableIsPermissive})
	}
	return out
}

// fared is how a policy fared in a choice that is asked for by one policy after the other.
func (b *builder) fared(list []precedence.Considered, ref mesh.Ref) (c precedence.Considered, known bool) {
	if len(list) == 0 {
		return precedence.Considered{}, false
	}
	of := b.acting[&list[0]]
	if of == nil {
		of = map[mesh.Ref]precedence.Considered{}
		for _, c := range list {
			if old, again := of[c.Ref.Object()]; !again || c.Applies && !old.Applies {
				of[c.Ref.Object()] = c
			}
		}
		b.acting[&list[0]] = of
	}
	c, known = of[ref]
	return c, known
}

func (b *builder) applies(list []precedence.Considered, ref mesh.Ref) bool {
	c, _ := b.fared(list, ref)
	return c.Applies
}

// lost is why a policy that means the workload is not enforced on it.
func (b *builder) lost(ref mesh.Ref, considered []precedence.Considered) (precedence.LossReason, mesh.Ref) {
	switch waypoint := mesh.RoleOf(b.pod) == mesh.WaypointProxy; {
	case waypoint && ref.Kind == mesh.PeerAuthentication:
		return WaypointTakesTunnels, ref
	case waypoint:
		return WaypointItself, ref
	}
	if c, known := b.fared(considered, ref); known && !c.Applies {
		return c.Why, c.Ref
	}
	if in := capture.Inbound(b.out.Capture, b.pod, nil, false); b.captured() {
		return in.Why, in.At // it concerns plaintext, which does not pass ztunnel
	}
	return b.out.Capture.Why, b.out.Capture.At
}

func (b *builder) captured() bool { return b.out.Capture.State == capture.Captured }

// proxy is the pod's own proxy; empty for a pod without one.
func (b *builder) proxy() Point {
	switch mesh.RoleOf(b.pod) {
	case mesh.SidecarProxy:
		return Sidecar
	case mesh.GatewayProxy:
		return Gateway
	}
	return ""
}
