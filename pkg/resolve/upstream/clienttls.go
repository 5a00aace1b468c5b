package upstream

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/credential"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ClientTLS decides how the client's proxy wraps what it sends to an endpoint: as the DestinationRule says, else mutual TLS by itself
// where the endpoint is known to take it (pilot/pkg/networking/core/cluster_tls.go; pilot/pkg/xds/endpoints/mtls_checker.go).
func ClientTLS(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.Cluster == nil || f.Wire.Tunnelled() {
		return flow.Result{}
	}
	c := f.Cluster
	settings, at := ClusterTLS(c)
	if !f.PlainBy.IsZero() {
		// A patch has put another transport in the place of the rule's.
		r := byRule(f, s, &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_DISABLE}, at)
		r.Resource, r.Note, r.Args = f.PlainBy, flow.NoteExtensionPlaintext, nil
		r.Candidates = []flow.Candidate{{Ref: f.PlainBy, Applies: true}}
		r.Next[0].Flow.Wire.Chosen, r.Next[0].Flow.Wire.Why = f.PlainBy, flow.NoteExtensionPlaintext
		return r
	}
	if settings == nil {
		return byItself(f, s)
	}
	r := byRule(f, s, settings, at)
	if _, gaps := precedence.NamesAuthority(s, settings.CredentialName); len(gaps) > 0 {
		blocked := byRule(f, s, &networking.ClientTLSSettings{Mode: settings.Mode, Sni: settings.Sni, CredentialName: precedence.InvalidCredential}, at)
		r.Reason, r.Gaps = flow.Unread, gaps
		r.Next = []flow.Branch{{Flow: r.Next[0].Flow}, {Flow: blocked.Next[0].Flow}}
	}
	return r
}

// byRule: tls without a mode is DISABLE, the first value of the enumeration.
func byRule(f flow.Flow, s *mesh.Snapshot, t *networking.ClientTLSSettings, at mesh.Ref) flow.Result {
	mode := at.At(at.Field + ".mode")
	if at.Kind == mesh.BackendTLSPolicy {
		mode = at
	}
	f.Wire.Chosen, f.Wire.HTTP2, f.Wire.HTTP2By = mode, f.Cluster.HTTP2, f.Cluster.HTTP2By
	f.Wire.Accepts = nil
	note := flow.NoteRulePlaintext
	switch t.Mode {
	case networking.ClientTLSSettings_ISTIO_MUTUAL:
		note = flow.NoteRuleIstioMutual
		f = mutual(f, s, t)
	case networking.ClientTLSSettings_SIMPLE, networking.ClientTLSSettings_MUTUAL:
		note = flow.NoteRuleSimple
		f.Wire.Transport, f.Wire.Verifies = flow.OneWayTLS, !t.InsecureSkipVerify.GetValue() && verifies(s, t)
		f.Wire.SNI, f.Wire.Accepts = t.Sni, t.SubjectAltNames
		f.Wire.CA = t.CaCertificates
		authority, _ := precedence.NamesAuthority(s, t.CredentialName)
		if authority || t.CredentialName == precedence.InvalidCredential {
			f.Wire.CA = t.CredentialName
		}
		if t.Mode == networking.ClientTLSSettings_MUTUAL {
			note = flow.NoteRuleMutual
			f.Wire.Transport = flow.MutualTLS
		}
		switch {
		case t.CredentialName == precedence.InvalidCredential && s.Version.Istiod.Has(release.BackendTLSClosed):
			// Nothing is sent to a backend whose certificate nobody can check (GHSA-qm8v-g4f9-qhjx).
		case t.CredentialName != "" && !authority && f.At.Role == flow.ClientSidecar && !f.Cluster.Rule.Rule.Selects():
			// A sidecar may not read that secret: TLS is dropped without a word.
			note, f.Wire.Transport = flow.NoteCredentialDropped, flow.Plaintext
			f.Wire.Chosen = at.At(at.Field + ".credentialName")
			if at.Kind == mesh.BackendTLSPolicy {
				f.Wire.Chosen = at.At(at.Field + ".caCertificateRefs[0]")
			}
		case t.Mode == networking.ClientTLSSettings_MUTUAL && t.CredentialName == "" && (t.ClientCertificate == "" || t.PrivateKey == ""):
			note, f.Wire.Transport = flow.NoteCertificatesMissing, flow.Plaintext
		}
	}
	f.Wire.Why = note
	presumed := secrets(&f, s, t, at)
	r := flow.Pass(f)
	r.Presumes = presumed
	r.Resource, r.Note, r.Args = mode, note, []string{t.Mode.String()}
	r.Candidates = []flow.Candidate{{Ref: mode, Applies: true}}
	return r
}

// secrets notes what a proxy gets of the Secrets in its own namespace that credentialName stands for, and returns what is taken for granted of them:
// with MUTUAL its own certificate, and the authorities that it takes unless it verifies nothing (pilot/pkg/security/model/authentication.go,
// ApplyCustomSDSToClientCommonTLSContext).
func secrets(f *flow.Flow, s *mesh.Snapshot, t *networking.ClientTLSSettings, at mesh.Ref) []flow.Presumption {
	if f.Wire.Transport != flow.OneWayTLS && f.Wire.Transport != flow.MutualTLS || at.Kind != mesh.DestinationRule || t.CredentialName == "" || f.Pod == nil {
		return nil
	}
	if _, ok := strings.CutPrefix(t.CredentialName, "configmap://"); ok {
		return nil
	}
	var out []flow.Presumption
	needs := func(secret mesh.Ref, flaw credential.Flaw) {
		switch {
		case flaw != "":
			f.Wire.Lacks = flow.Lacking{Secret: secret, Flaw: string(flaw)}
			f.Wire.Chosen = at.At(at.Field + ".credentialName")
		case !credential.ContentRead(s, secret.Namespace, secret.Name):
			out = append(out, flow.Presumption{Code: flow.PresumesClientSecret, Resource: secret, Args: []string{secret.ID()}})
		}
	}
	if t.Mode == networking.ClientTLSSettings_MUTUAL {
		_, flaw := credential.Of(s, f.Pod.Namespace, t.CredentialName, false)
		needs(mesh.Ref{Kind: mesh.Secret, Namespace: f.Pod.Namespace, Name: t.CredentialName}, flaw)
	}
	if f.Wire.Verifies {
		f.Wire.CA = t.CredentialName
		needs(credential.Authorities(s, f.Pod.Namespace, t.CredentialName))
	}
	return out
}

// verifies reports whether the server's certificate is looked at: an older istiod has it looked at only where an authority is named
// (pilot/pkg/networking/core/v1alpha3/cluster_traffic_policy.go of Istio 1.20, VERIFY_CERTIFICATE_AT_CLIENT).
func verifies(s *mesh.Snapshot, t *networking.ClientTLSSettings) bool {
	return t.CaCertificates != "" || t.CredentialName != "" || s.Follows(release.CertificatesVerified, "VERIFY_CERTIFICATE_AT_CLIENT")
}

// mutual is mutual TLS with the mesh's certificates: the proxy shows its own identity and wants one of the service's.
func mutual(f flow.Flow, s *mesh.Snapshot, t *networking.ClientTLSSettings) flow.Flow {
	c := f.Cluster
	f.Wire.Transport = flow.IstioMutual
	f.Wire.Principal = IdentityOf(s, f)
	f.Wire.SNI = precedence.ServerName(c.Port.Number, c.Subset, c.Host.Name)
	if t.GetSni() != "" {
		f.Wire.SNI = t.Sni
	}
	f.Wire.Accepts = identities(s, c)
	if len(t.GetSubjectAltNames()) > 0 {
		f.Wire.Accepts = t.SubjectAltNames
	}
	return f
}
