package mesh

import gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

// AuthorityOf is the ConfigMap whose certificate authorities a BackendTLSPolicy checks servers against: the first that it names, as istiod
// looks at no other (getBackendTLSCredentialName of pilot/pkg/config/kube/gateway/backend_policies.go). ok is false where it names none,
// or something else than a ConfigMap.
func AuthorityOf(p *gatewayv1.BackendTLSPolicy) (ref Ref, ok bool) {
	v := p.Spec.Validation
	if v.WellKnownCACertificates != nil || len(v.CACertificateRefs) == 0 || v.CACertificateRefs[0].Group != "" || v.CACertificateRefs[0].Kind != "ConfigMap" {
		return Ref{}, false
	}
	return Ref{Kind: ConfigMap, Namespace: p.Namespace, Name: string(v.CACertificateRefs[0].Name)}, true
}

// Unread is the gap of an object that was not looked for.
func (r Ref) Unread() Gap {
	return Gap{Kind: r.Kind, Namespace: r.Namespace, Cause: Failed, Resource: r}
}
