package mesh

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

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

// AuthoritiesOf are the ConfigMaps by whose certificate authorities a Gateway's listeners check clients (spec.tls.frontend; one reference alone counts
// for a listener: pilot/pkg/config/kube/gateway/conversion.go, buildTLS).
func AuthoritiesOf(g *gatewayv1.Gateway) []Ref {
	if g.Spec.TLS == nil || g.Spec.TLS.Frontend == nil {
		return nil
	}
	validations := []*gatewayv1.FrontendTLSValidation{g.Spec.TLS.Frontend.Default.Validation}
	for _, p := range g.Spec.TLS.Frontend.PerPort {
		validations = append(validations, p.TLS.Validation)
	}
	var out []Ref
	for _, v := range validations {
		if v == nil || len(v.CACertificateRefs) != 1 || v.CACertificateRefs[0].Group != "" || v.CACertificateRefs[0].Kind != "ConfigMap" {
			continue
		}
		ref := Ref{Kind: ConfigMap, Namespace: g.Namespace, Name: string(v.CACertificateRefs[0].Name)}
		if ns := v.CACertificateRefs[0].Namespace; ns != nil {
			ref.Namespace = string(*ns)
		}
		if !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// Unread is the gap of an object that was not looked for.
func (r Ref) Unread() Gap {
	return Gap{Kind: r.Kind, Namespace: r.Namespace, Cause: Failed, Resource: r}
}
