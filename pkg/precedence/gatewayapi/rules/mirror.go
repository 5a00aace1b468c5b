package rules

import (
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// mirror adds a mirror to a rule. It fails where the backend is invalid in any way (pilot/pkg/config/kube/gateway/conversion.go,
// createMirrorFilter).
func (r *rule) mirror(at string, f *gatewayv1.HTTPRequestMirrorFilter) *resource.Refusal {
	if f == nil {
		return nil
	}
	field := at + ".requestMirror.backendRef"
	to, fault := r.c.destination(f.BackendRef, config.Under(r.at, field))
	if fault != nil {
		r.c.Report(r.c.at(config.Under(config.Under(r.at, field), fault.Field)), fault.Why)
	}
	if fault != nil || to.Host == "" {
		return &resource.Refusal{Why: precedence.InvalidFilter, Field: at}
	}
	m := &networking.HTTPMirrorPolicy{Destination: to}
	switch {
	case f.Fraction != nil:
		m.Percentage = &networking.Percent{Value: 100 * float64(f.Fraction.Numerator) / float64(max(1, ptr.Deref(f.Fraction.Denominator, 100)))}
	case f.Percent != nil:
		m.Percentage = &networking.Percent{Value: float64(*f.Percent)}
	}
	r.parts[config.Nth("mirrors", len(r.Mirrors))+".destination"] = field
	r.Mirrors = append(r.Mirrors, m)
	return nil
}
