package precedence

import (
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// InvalidCredential is the credential of a BackendTLSPolicy whose certificate authority is not to be had.
const InvalidCredential = "invalid://"

type madeRulesKey struct{}

// DestinationRules are those of the mesh after those that istiod makes of BackendTLSPolicies, which bear no creation time and so count as
// the oldest (pilot/pkg/config/kube/gateway/backend_policies.go, DestinationRuleCollection).
func DestinationRules(s *mesh.Snapshot) []*networkingapi.DestinationRule {
	return mesh.Derive(s, madeRulesKey{}, func() []*networkingapi.DestinationRule {
		list, _ := s.DestinationRules.All()
		return append(madeRules(s), list...)
	})
}

// madeRules makes one rule of all the policies for a host of a target. It bears the name of the oldest of them.
func madeRules(s *mesh.Snapshot) []*networkingapi.DestinationRule {
	type target struct {
		GroupKind
		namespace, name, host string
	}
	made := map[target]*networkingapi.DestinationRule{}
	var out []*networkingapi.DestinationRule
	if !s.Version.Istiod.Has(release.BackendTLSPoliciesRead) && !s.Flag("PILOT_ENABLE_ALPHA_GATEWAY_API").On() {
		return nil
	}
	list, _ := s.BackendTLSPolicies.All()
	policies := slices.Clone(list)
	mesh.ByAge(policies)
	for _, p := range policies {
		if strings.EqualFold(p.Annotations["istio.io/ignore-policy-attachment"], "true") {
			continue
		}
		for _, ref := range p.Spec.TargetRefs {
			kind := GroupKind{string(ref.Group), string(ref.Kind)}
			hosts, ports := backendPorts(s, kind, p.Namespace, string(ref.Name))
			section := string(ptr.Deref(ref.SectionName, ""))
			number, named := ports[section]
			if section != "" && !named {
				continue
			}
			for _, host := range hosts {
				t := target{kind, p.Namespace, string(ref.Name), host}
				d := made[t]
				if d == nil {
					d = &networkingapi.DestinationRule{TypeMeta: metav1.TypeMeta{Kind: string(mesh.BackendTLSPolicy)},
						ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace},
						Spec:       networking.DestinationRule{Host: host, TrafficPolicy: &networking.TrafficPolicy{}}}
					made[t], out = d, append(out, d)
				}
				addBackendTLS(d, p, section != "", number, backendTLS(s, p))
			}
		}
	}
	mesh.ByAge(out)
	return out
}

// addBackendTLS: of several policies for the same port, or for all of them, the oldest counts.
func addBackendTLS(d *networkingapi.DestinationRule, p *gatewayv1.BackendTLSPolicy, onPort bool, port uint32, tls *networking.ClientTLSSettings) {
	policy, key := d.Spec.TrafficPolicy, "0"
	switch {
	case !onPort && policy.Tls == nil:
		policy.Tls = tls
	case !onPort, slices.ContainsFunc(policy.PortLevelSettings, func(e *networking.TrafficPolicy_PortTrafficPolicy) bool { return e.Port.Number == port }):
		return
	default:
		key = strconv.Itoa(int(port))
		policy.PortLevelSettings = append(policy.PortLevelSettings,
			&networking.TrafficPolicy_PortTrafficPolicy{Port: &networking.PortSelector{Number: port}, Tls: tls})
	}
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, key, p.Name)
}

// backendPorts returns the host names of a target and its ports by their names; none where it does not exist.
func backendPorts(s *mesh.Snapshot, kind GroupKind, namespace, name string) (hosts []string, ports map[string]uint32) {
	ports = map[string]uint32{}
	switch kind {
	case ServiceKind:
		if svc, ok, _ := s.Services.Get(namespace, name); ok {
			hosts = []string{mesh.ServiceHost(name, namespace)}
			for _, p := range slices.Backward(svc.Spec.Ports) {
				ports[p.Name] = uint32(p.Port)
			}
		}
	case GroupKind{"networking.istio.io", "ServiceEntry"}:
		if e, ok, _ := s.ServiceEntries.Get(namespace, name); ok {
			hosts = e.Spec.Hosts
			for _, p := range slices.Backward(e.Spec.Ports) {
				ports[p.Name] = p.Number
			}
		}
	}
	return hosts, ports
}

// backendTLS is the TLS of a policy. Of its certificate authorities the first counts; one that is not a ConfigMap with ca.crt blocks the
// traffic (getBackendTLSCredentialName). One that was not read is taken for good: see NamesAuthority.
func backendTLS(s *mesh.Snapshot, p *gatewayv1.BackendTLSPolicy) *networking.ClientTLSSettings {
	v := p.Spec.Validation
	out := &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_SIMPLE, Sni: string(v.Hostname)}
	for _, n := range v.SubjectAltNames {
		switch n.Type {
		case gatewayv1.HostnameSubjectAltNameType:
			out.SubjectAltNames = append(out.SubjectAltNames, string(n.Hostname))
		case gatewayv1.URISubjectAltNameType:
			out.SubjectAltNames = append(out.SubjectAltNames, string(n.URI))
		}
	}
	if v.WellKnownCACertificates != nil || len(v.CACertificateRefs) == 0 {
		return out
	}
	out.CredentialName = InvalidCredential
	if ref, ok := mesh.AuthorityOf(p); ok {
		cm, found, gaps := s.ConfigMaps.Get(ref.Namespace, ref.Name)
		if found && (cm.Data["ca.crt"] != "" || cm.Data["cacert"] != "") || !found && len(gaps) > 0 {
			out.CredentialName = authorityPrefix + ref.Namespace + "/" + ref.Name
		}
	}
	return out
}

const authorityPrefix = "configmap://"

// NamesAuthority reports whether the credential is that of a BackendTLSPolicy whose certificate authority is to be had, as far as is known,
// and what is not known of it.
func NamesAuthority(s *mesh.Snapshot, credential string) (is bool, gaps []mesh.Gap) {
	id, is := strings.CutPrefix(credential, authorityPrefix)
	if !is {
		return false, nil
	}
	namespace, name, _ := strings.Cut(id, "/")
	_, _, gaps = s.ConfigMaps.Get(namespace, name)
	return true, gaps
}

// BackendTLS is where a rule that BackendTLSPolicies made says what TLS a port gets: one of them, of which there can be several.
func (r *Rule) BackendTLS(port int) mesh.Ref {
	at := r.PolicyOf
	for _, key := range []string{strconv.Itoa(port), "0"} {
		if name, ok := r.by[key]; ok {
			at.Name = name
			break
		}
	}
	return at.At("spec.validation")
}
