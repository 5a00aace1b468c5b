package gateway

import (
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/credential"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// named is a Secret that a server names.
type named struct {
	at              mesh.Ref // where it does
	namespace, name string
}

// credentials are the Secrets that a server names. A gateway gets those of its own pod's namespace, and those that a listener of the Gateway API was
// granted (pilot/pkg/model/credentials/resource.go).
func credentials(f flow.Flow, x *config.GatewayServer) []named {
	var out []named
	add := func(name, field string) {
		c := named{x.Part(field), f.Pod.Namespace, name}
		if rest, ok := strings.CutPrefix(name, "kubernetes-gateway://"); ok {
			c.namespace, c.name, _ = strings.Cut(rest, "/")
		}
		out = append(out, c)
	}
	if names := x.Server.Tls.CredentialNames; len(names) > 0 {
		for i, name := range names {
			add(name, "tls.credentialNames["+strconv.Itoa(i)+"]")
		}
	} else if name := x.Server.Tls.CredentialName; name != "" {
		add(name, "tls.credentialName")
	}
	return out
}

// missingCredential makes the outcome of a credential that the gateway does not get, or cannot use, and points at where the server names it.
// Envoy keeps the chain of a server without its certificate, and closes connections to it.
func missingCredential(f flow.Flow, s *mesh.Snapshot, x *config.GatewayServer, authority bool) (flow.Outcome, mesh.Ref) {
	for _, c := range credentials(f, x) {
		if _, flaw := credential.Of(s, c.namespace, c.name, authority && x.Server.Tls.CaCertCredentialName == ""); flaw != "" {
			return flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.ResetInFlight, Reason: flow.CredentialMissing,
				Args: []string{c.namespace + "/" + c.name, flow.CodeMark + string(flaw)}}, c.at
		}
	}
	return flow.Outcome{}, mesh.Ref{}
}

// otherHost makes the outcome of certificates of which none is for the host that the client called, for a program that does TLS itself and verifies
// what it is shown, and points at where the server names the first of them.
func otherHost(f flow.Flow, s *mesh.Snapshot, x *config.GatewayServer) (flow.Outcome, mesh.Ref) {
	if f.Wire.Transport != flow.Plaintext || f.Payload() != flow.AppTLS || f.Request.Insecure {
		return flow.Outcome{}, mesh.Ref{}
	}
	all := credentials(f, x)
	for i, c := range all {
		names, other := credential.OtherHost(s, c.namespace, c.name, f.Request.Host)
		if !other {
			return flow.Outcome{}, mesh.Ref{} // it is for the host, or nobody knows
		}
		if i == len(all)-1 {
			return flow.Outcome{Kind: flow.TLSFailure, CurlExit: 60, Reason: flow.CertificateRefused,
				Args: []string{flow.CodeMark + string(flow.NoteCertificateNames), all[0].namespace + "/" + all[0].name, strings.Join(names, ", "), f.Request.Host}}, all[0].at
		}
	}
	return flow.Outcome{}, mesh.Ref{}
}

// presumedCredentials are the Secrets of a server that nothing was read of: they are taken to be there and good.
func presumedCredentials(f flow.Flow, s *mesh.Snapshot, c *gateway.Chain) []flow.Presumption {
	x := c.Server()
	if !c.Secure || x.Resolved || x.Server.Tls.Mode == networking.ServerTLSSettings_ISTIO_MUTUAL {
		return nil
	}
	var out []flow.Presumption
	for _, c := range credentials(f, x) {
		p := flow.Presumption{Code: flow.PresumesSecret, Resource: mesh.Ref{Kind: mesh.Secret, Namespace: c.namespace, Name: c.name}, Args: []string{c.namespace + "/" + c.name}}
		if seen, _ := credential.Of(s, c.namespace, c.name, false); seen {
			p.Code = flow.PresumesSecretContent
		}
		if !credential.ContentRead(s, c.namespace, c.name) {
			out = append(out, p)
		}
	}
	return out
}
