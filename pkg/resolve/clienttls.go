package resolve

import (
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
		return unmodelled(s, mesh.PodRef(e.Pod))
	}
	if settings == nil {
		return f.byItself(s)
	}
	r := f.byRule(s, settings, at)
	if _, gaps := precedence.NamesAuthority(s, settings.CredentialName); len(gaps) > 0 {
		blocked := f.byRule(s, &networking.ClientTLSSettings{Mode: settings.Mode, Sni: settings.Sni, CredentialName: precedence.InvalidCredential}, at)
		r.Effect, r.Reason, r.Gaps = Maybe, Unread, gaps
		r.Next = []Branch{{Flow: r.Next[0].Flow}, {Flow: blocked.Next[0].Flow}}
	}
	return r
}

// byRule: tls without a mode is DISABLE, the first value of the enumeration.
func (f Flow) byRule(s *mesh.Snapshot, t *networking.ClientTLSSettings, at mesh.Ref) Result {
	mode := at.At(at.Field + ".mode")
	if at.Kind == mesh.BackendTLSPolicy {
		mode = at
	}
	f.Wire.Chosen, f.Wire.HTTP2, f.Wire.HTTP2By = mode, f.Cluster.HTTP2, f.Cluster.HTTP2By
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
		authority, _ := precedence.NamesAuthority(s, t.CredentialName)
		if authority || t.CredentialName == precedence.InvalidCredential {
			f.Wire.CA = t.CredentialName
		}
		if t.Mode == networking.ClientTLSSettings_MUTUAL {
			note = NoteRuleMutual
			f.Wire.Transport = MutualTLS
		}
		switch {
		case t.CredentialName != "" && !authority && f.At.Role == ClientSidecar && !f.Cluster.Rule.Rule.Selects():
			// A sidecar may not read that secret: TLS is dropped without a word.
			note, f.Wire.Transport = NoteCredentialDropped, Plaintext
			f.Wire.Chosen = at.At(at.Field + ".credentialName")
			if at.Kind == mesh.BackendTLSPolicy {
				f.Wire.Chosen = at.At(at.Field + ".caCertificateRefs[0]")
			}
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
