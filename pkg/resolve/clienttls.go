package resolve

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// clientTLS decides how the client's proxy wraps what it sends to an endpoint: as the DestinationRule says, else mutual TLS by itself
// where the endpoint is known to take it (pilot/pkg/networking/core/cluster_tls.go; pilot/pkg/xds/endpoints/mtls_checker.go).
func clientTLS(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted || f.Cluster == nil {
		return Result{}
	}
	c := f.Cluster
	settings, at := clusterTLS(c)
	if e := f.Endpoint; e != nil && mesh.HBONE(e.Pod) {
		return unmodelled(f, mesh.PodRef(e.Pod))
	}
	if settings != nil {
		return f.byRule(s, settings, at)
	}
	return f.byItself(s)
}

// clusterTLS is what the rule says on TLS: of a port's entry alone where there is one for the Service's port, nothing inherited; of the
// subset before the rule (util.GetPortLevelTrafficPolicy, MergeSubsetTrafficPolicy).
func clusterTLS(c *Cluster) (*networking.ClientTLSSettings, mesh.Ref) {
	rule := c.Rule.Rule
	if rule == nil {
		return nil, mesh.Ref{}
	}
	base, at := portTLS(rule.Policy, c.Port.Number, rule.PolicyOf.At("spec.trafficPolicy"))
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" && sub.TrafficPolicy != nil {
		where := sub.Ref.At(sub.Ref.Field + ".trafficPolicy")
		if _, found := portEntry(sub.TrafficPolicy, c.Port.Number); found {
			return portTLS(sub.TrafficPolicy, c.Port.Number, where)
		}
		if sub.TrafficPolicy.Tls != nil {
			return sub.TrafficPolicy.Tls, where.At(where.Field + ".tls")
		}
	}
	return base, at
}

func portEntry(p *networking.TrafficPolicy, port int) (*networking.TrafficPolicy_PortTrafficPolicy, bool) {
	for _, e := range p.GetPortLevelSettings() {
		if int(e.GetPort().GetNumber()) == port {
			return e, true
		}
	}
	return nil, false
}

func portTLS(p *networking.TrafficPolicy, port int, at mesh.Ref) (*networking.ClientTLSSettings, mesh.Ref) {
	if e, ok := portEntry(p, port); ok {
		return e.Tls, at.At(at.Field + ".portLevelSettings")
	}
	if p.GetTls() == nil {
		return nil, mesh.Ref{}
	}
	return p.Tls, at.At(at.Field + ".tls")
}

// loadBalancer is what the rule says on load balancing, a subset's before the rule's.
func loadBalancer(c *Cluster) *networking.LoadBalancerSettings {
	rule := c.Rule.Rule
	if rule == nil {
		return nil
	}
	lb := rule.Policy.GetLoadBalancer()
	if e, ok := portEntry(rule.Policy, c.Port.Number); ok {
		lb = e.LoadBalancer
	}
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" && sub.TrafficPolicy != nil {
		if e, ok := portEntry(sub.TrafficPolicy, c.Port.Number); ok {
			return e.LoadBalancer
		}
		if sub.TrafficPolicy.LoadBalancer != nil {
			lb = sub.TrafficPolicy.LoadBalancer
		}
	}
	return lb
}

// endpointTLS is the mode as endpoints are marked by it. Unlike the cluster's it falls back: a port's entry without tls leaves the
// rule's in force (tlsModeForDestinationRule).
func endpointTLS(c *Cluster) *networking.ClientTLSSettings {
	rule := c.Rule.Rule
	if rule == nil {
		return nil
	}
	of := func(p *networking.TrafficPolicy) *networking.ClientTLSSettings {
		if e, ok := portEntry(p, c.Port.Number); ok && e.Tls != nil {
			return e.Tls
		}
		return p.GetTls()
	}
	if sub, ok := rule.Subset(c.Subset); ok && c.Subset != "" {
		if t := of(sub.TrafficPolicy); t != nil {
			return t
		}
	}
	return of(rule.Policy)
}

// byRule: tls without a mode is DISABLE, the first value of the enumeration.
func (f Flow) byRule(s *mesh.Snapshot, t *networking.ClientTLSSettings, at mesh.Ref) Result {
	mode := at.At(at.Field + ".mode")
	f.Wire.Chosen, f.Wire.HTTP2 = mode, f.Cluster.HTTP2
	f.Wire.Accepts = nil
	note := NoteRulePlaintext
	switch t.Mode {
	case networking.ClientTLSSettings_ISTIO_MUTUAL:
		note = NoteRuleIstioMutual
		f = f.mutual(s, t)
	case networking.ClientTLSSettings_SIMPLE, networking.ClientTLSSettings_MUTUAL:
		note = NoteRuleSimple
		f.Wire.Transport, f.Wire.Verifies = OneWayTLS, !t.InsecureSkipVerify.GetValue()
		f.Wire.SNI, f.Wire.Accepts = t.Sni, t.SubjectAltNames
		f.Wire.CA = t.CaCertificates
		if t.Mode == networking.ClientTLSSettings_MUTUAL {
			note = NoteRuleMutual
			f.Wire.Transport = MutualTLS
		}
		switch {
		case t.CredentialName != "" && !strings.HasPrefix(t.CredentialName, "configmap://") && f.At.Role == ClientSidecar && !f.Cluster.Rule.Rule.Selects():
			// A sidecar may not read that secret: TLS is dropped without a word.
			note, f.Wire.Transport = NoteCredentialDropped, Plaintext
			f.Wire.Chosen = at.At(at.Field + ".credentialName")
		case t.Mode == networking.ClientTLSSettings_MUTUAL && t.CredentialName == "" && (t.ClientCertificate == "" || t.PrivateKey == ""):
			note, f.Wire.Transport = NoteCertificatesMissing, Plaintext
		}
	}
	f.Wire.Why = note
	r := passes(f)
	r.Resource, r.Note, r.Facts = mode, note, []string{t.Mode.String()}
	r.Candidates = []Candidate{{Ref: mode, Applies: true}}
	return r
}

// mutual is mutual TLS with the mesh's certificates: the proxy shows its own identity and wants one of the service's.
func (f Flow) mutual(s *mesh.Snapshot, t *networking.ClientTLSSettings) Flow {
	c := f.Cluster
	f.Wire.Transport = IstioMutual
	f.Wire.Principal = identityOf(s, f)
	f.Wire.SNI = "outbound_." + itoa(c.Port.Number) + "_." + c.Subset + "_." + c.Host.Name
	if t.GetSni() != "" {
		f.Wire.SNI = t.Sni
	}
	f.Wire.Accepts = identities(s, c)
	if len(t.GetSubjectAltNames()) > 0 {
		f.Wire.Accepts = t.SubjectAltNames
	}
	return f
}

// byItself is automatic mutual TLS.
func (f Flow) byItself(s *mesh.Snapshot) Result {
	c, h := f.Cluster, f.Cluster.Host
	f.Wire.HTTP2, f.Wire.Accepts = c.HTTP2, nil
	plain := func(note Note, at mesh.Ref, applied ...mesh.Ref) Result {
		if !f.Sealed {
			f.Wire.Transport, f.Wire.Chosen, f.Wire.Why = Plaintext, at, note
		}
		r := passes(f)
		r.Note, r.Resource = note, at
		for _, ref := range append(applied, at) {
			if !ref.IsZero() {
				r.Candidates = append(r.Candidates, Candidate{Ref: ref, Applies: true})
			}
		}
		return r
	}
	if h.External {
		return plain(NoteExternalPlaintext, h.Ref.At("spec.location"))
	}
	if !s.Config.AutoMTLS {
		return plain(NoteAutoMTLSOff, s.Config.Field("enableAutoMtls"), f.ruleRefs()...)
	}
	// The hint: what clients guess of the whole service, from the namespace's and the mesh's policies alone.
	if bare, ok := f.bareEndpoint(s); ok {
		return plain(NoteSiblingWithoutSidecar, bare)
	}
	hint := precedence.NamespaceMode(s, h.Namespace)
	if f.Assumed != nil {
		hint = precedence.PeerMode{Mode: f.Assumed.Namespace}
	}
	if len(hint.Gaps) > 0 {
		return f.assume(s, hint.Gaps)
	}
	if hint.Mode == precedence.Disable {
		return plain(NoteHintDisable, hint.From)
	}
	considered := candidates(hint.Considered)
	if !f.original() {
		marked, note, at, extra, gaps := f.marked(s)
		considered = append(considered, extra...)
		if len(gaps) > 0 {
			return f.assume(s, gaps)
		}
		if !marked {
			r := plain(note, at)
			r.Candidates = append(r.Candidates, considered...)
			return r
		}
	}
	f = f.mutual(s, nil)
	f.Wire.Why = NoteAutoMutual
	r := passes(f)
	r.Note, r.Candidates = NoteAutoMutual, considered
	f.Wire.Chosen = h.Ref
	if f.Endpoint != nil && !f.Endpoint.TLSFrom.IsZero() {
		f.Wire.Chosen = f.Endpoint.TLSFrom
	}
	r.Candidates = append(r.Candidates, Candidate{Ref: f.Wire.Chosen, Applies: true})
	r.Next[0].Flow = f
	return r
}

func (f Flow) ruleRefs() []mesh.Ref {
	if f.Cluster.Rule.Rule == nil {
		return nil
	}
	return f.Cluster.Rule.Rule.Sources
}

// bareEndpoint finds, for clusters that do not choose by endpoint, one without a sidecar: it makes the proxy send plaintext to all.
func (f Flow) bareEndpoint(s *mesh.Snapshot) (mesh.Ref, bool) {
	h := f.Cluster.Host
	if h.Resolution != mesh.Passthrough && loadBalancer(f.Cluster).GetSimple() != networking.LoadBalancerSettings_PASSTHROUGH {
		return mesh.Ref{}, false
	}
	eps, _ := s.Endpoints(h, f.Cluster.Port)
	if len(eps) == 0 {
		return h.Ref, true
	}
	for _, e := range eps {
		if e.TLSMode == "disabled" {
			if !e.TLSFrom.IsZero() {
				return e.TLSFrom, true
			}
			return e.Ref, true
		}
	}
	return mesh.Ref{}, false
}

// marked tells whether istiod marks the endpoint as one that takes mutual TLS, and if not why.
func (f Flow) marked(s *mesh.Snapshot) (is bool, note Note, at mesh.Ref, considered []Candidate, gaps []mesh.Gap) {
	e := f.Endpoint
	if e == nil {
		return true, "", mesh.Ref{}, nil, nil
	}
	label := e.TLSFrom
	if label.IsZero() {
		label = e.Ref
	}
	if t := endpointTLS(f.Cluster); t != nil {
		if t.Mode != networking.ClientTLSSettings_ISTIO_MUTUAL {
			return false, NoteEndpointRulePlaintext, f.Cluster.Rule.Rule.PolicyOf.At("spec.trafficPolicy"), nil, nil
		}
		return e.TLSMode == "istio", NoteEndpointWithoutSidecar, label, nil, nil
	}
	if e.TLSMode != "istio" {
		return false, NoteEndpointWithoutSidecar, label, nil, nil
	}
	ns := f.Cluster.Host.Namespace
	if e.Pod != nil {
		ns = e.Pod.Namespace
	}
	mode := precedence.PeerAuthentication(s, ns, e.Labels, e.Port)
	if f.Assumed != nil {
		mode = f.Assumed.mode()
	}
	return mode.Mode != precedence.Disable, NoteServerDisable, mode.From, candidates(mode.Considered), mode.Gaps
}

// assume goes on for each pair of modes that hidden PeerAuthentications may set, for the namespace and for the workload. Both ends see
// the same ones.
func (f Flow) assume(s *mesh.Snapshot, gaps []mesh.Gap) Result {
	r := passes(f)
	r.Effect, r.Gaps, r.Reason, r.Next = Maybe, gaps, Unread, nil
	for _, ns := range []precedence.Mode{precedence.Permissive, precedence.Strict, precedence.Disable} {
		for _, workload := range []precedence.Mode{precedence.Unset, precedence.Permissive, precedence.Strict, precedence.Disable} {
			if workload == ns {
				continue
			}
			next := f
			next.Assumed = &Assumption{ns, workload}
			for _, b := range next.byItself(s).Next {
				r.Next = append(r.Next, Branch{Flow: b.Flow})
			}
		}
	}
	return r
}

// identityOf is the SPIFFE identity that the party's proxy has.
func identityOf(s *mesh.Snapshot, f Flow) string {
	return mesh.Identity(s.Config.TrustDomain(), f.Pod.Namespace, mesh.ServiceAccountOf(f.Pod))
}

// identities are the server identities that a client takes for a service: those of its endpoints and those that the object names, each
// in every trust domain that is an alias (addServiceAccounts). None: any.
func identities(s *mesh.Snapshot, c *Cluster) []string {
	eps, _ := s.Endpoints(c.Host, c.Port)
	seen := map[string]bool{}
	var out []string
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	for _, p := range c.Host.Ports {
		if p.Number != c.Port.Number {
			more, _ := s.Endpoints(c.Host, p)
			eps = append(eps[:len(eps):len(eps)], more...)
		}
	}
	for _, e := range eps {
		add(e.Identity)
	}
	for _, id := range c.Host.Accounts {
		add(id)
	}
	for _, id := range out {
		if rest, ok := strings.CutPrefix(id, "spiffe://"+s.Config.TrustDomain()+"/"); ok {
			for _, alias := range s.Config.TrustDomains[1:] {
				add("spiffe://" + alias + "/" + rest)
			}
		}
	}
	return out
}
