package listeners

import (
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/wrapperspb"
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/credential"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// serverTLS makes the TLS settings of a listener's server (pilot/pkg/config/kube/gateway/conversion.go, buildTLS).
func (g *listening) serverTLS(l *Listener) (*networking.ServerTLSSettings, *resource.Refusal) {
	switch {
	case l.TLS == nil:
		return nil, nil
	case ptr.Deref(l.TLS.Mode, gatewayv1.TLSModeTerminate) == gatewayv1.TLSModePassthrough:
		mode := networking.ServerTLSSettings_PASSTHROUGH
		if l.autoPassthrough() {
			mode = networking.ServerTLSSettings_AUTO_PASSTHROUGH
		}
		return &networking.ServerTLSSettings{Mode: mode}, nil
	}
	out := &networking.ServerTLSSettings{Mode: networking.ServerTLSSettings_SIMPLE}
	option := l.TLS.Options["gateway.istio.io/tls-terminate-mode"]
	switch option {
	case "ISTIO_SIMPLE":
		return out, nil // the pod's own certificate
	case "ISTIO_MUTUAL":
		out.Mode = networking.ServerTLSSettings_ISTIO_MUTUAL
		return out, nil
	case "MUTUAL":
		out.Mode = networking.ServerTLSSettings_MUTUAL
	case "OPTIONAL_MUTUAL":
		out.Mode = networking.ServerTLSSettings_OPTIONAL_MUTUAL
	}
	if fault := g.certificates(l, out); fault != nil {
		return out, fault
	}
	return out, g.clientCertificates(l, out)
}

// autoPassthrough tells a listener that joins networks, by its option, or by its port where the Gateway is labelled with a network
// (pilot/pkg/serviceregistry/kube/conversion.go, IsAutoPassthrough).
func (l *Listener) autoPassthrough() bool {
	if l.TLS.Options["gateway.istio.io/listener-protocol"] == "auto-passthrough" {
		return true
	}
	_, network := l.labels["topology.istio.io/network"]
	port, set := l.labels["networking.istio.io/gatewayPort"]
	if !set {
		port = "15443"
	}
	return network && port == strconv.Itoa(int(l.Port))
}

// certificates finds the listener's own ones, of which there may be two. One that is valid is enough.
func (g *listening) certificates(l *Listener, out *networking.ServerTLSSettings) *resource.Refusal {
	refs := l.TLS.CertificateRefs
	if len(refs) > 2 {
		return &resource.Refusal{Why: precedence.InvalidCertificateRef, Field: "tls.certificateRefs"}
	}
	var first *resource.Refusal
	var names []string
	for i, c := range refs {
		ns := string(ptr.Deref(c.Namespace, gatewayv1.Namespace(l.Owner.Namespace)))
		why := precedence.LossReason("")
		switch {
		case ns != l.Owner.Namespace && !g.Granted(l.Owner.Kind, l.Owner.Namespace, precedence.SecretKind, ns, string(c.Name)):
			why = precedence.RefNotPermitted
		case precedence.GroupKindOf(c.Group, c.Kind, precedence.SecretKind) != precedence.SecretKind, !g.secret(ns, string(c.Name), "tls.crt", "cert"):
			why = precedence.InvalidCertificateRef
		case !g.seen(ns, string(c.Name)) && l.refused(gatewayv1.ListenerReasonInvalidCertificateRef):
			why = precedence.StatusInvalidCertificateRef
		default:
			names = append(names, "kubernetes-gateway://"+ns+"/"+string(c.Name))
			continue
		}
		if first == nil {
			first = &resource.Refusal{Why: why, Field: config.Nth("tls.certificateRefs", i)}
		}
	}
	switch len(names) {
	case 0:
		return first
	case 1:
		out.CredentialName = names[0]
	default:
		out.CredentialNames = names
	}
	return nil
}

// clientCertificates is what the Gateway asks of clients, of those at the listener's port or of all.
func (g *listening) clientCertificates(l *Listener, out *networking.ServerTLSSettings) *resource.Refusal {
	if l.gateway.Spec.TLS == nil || l.gateway.Spec.TLS.Frontend == nil {
		return nil
	}
	validation := l.gateway.Spec.TLS.Frontend.Default.Validation
	for _, p := range l.gateway.Spec.TLS.Frontend.PerPort {
		if p.Port == l.Port {
			validation = p.TLS.Validation
			break
		}
	}
	if validation == nil || len(validation.CACertificateRefs) == 0 {
		return nil
	}
	if len(validation.CACertificateRefs) > 1 {
		return &resource.Refusal{Why: precedence.InvalidCACertificateRef, Field: "tls"}
	}
	ca := validation.CACertificateRefs[0]
	kind := precedence.GroupKind{Group: string(ca.Group), Kind: string(ca.Kind)}
	ns := string(ptr.Deref(ca.Namespace, gatewayv1.Namespace(l.Owner.Namespace)))
	grantKind := precedence.ConfigMapKind
	if kind == precedence.SecretKind {
		grantKind = precedence.SecretKind
	}
	switch {
	case ns != l.Owner.Namespace && !g.Granted(l.Owner.Kind, l.Owner.Namespace, grantKind, ns, string(ca.Name)):
		return &resource.Refusal{Why: precedence.RefNotPermitted, Field: "tls"}
	case kind != precedence.ConfigMapKind && kind != precedence.SecretKind:
		return &resource.Refusal{Why: precedence.InvalidCACertificateKind, Field: "tls"}
	case kind == precedence.SecretKind && !g.secret(ns, string(ca.Name), "ca.crt", "cacert"), kind == precedence.ConfigMapKind && !g.authority(l, ns, string(ca.Name)):
		return &resource.Refusal{Why: precedence.InvalidCACertificateRef, Field: "tls"}
	case kind == precedence.SecretKind && !g.seen(ns, string(ca.Name)) && l.refused(gatewayv1.ListenerReasonInvalidCACertificateRef):
		return &resource.Refusal{Why: precedence.StatusInvalidCACertificateRef, Field: "tls"}
	}
	scheme := "configmap://"
	if kind == precedence.SecretKind {
		scheme = "kubernetes-gateway://"
	}
	out.CaCertCredentialName = scheme + ns + "/" + string(ca.Name) + "-cacert"
	// The listener's own option decides before the Gateway's mode.
	fallback := validation.Mode == gatewayv1.AllowInsecureFallback
	switch option := l.TLS.Options["gateway.istio.io/tls-terminate-mode"]; {
	case option == "MUTUAL":
	case option == "OPTIONAL_MUTUAL", fallback:
		out.Mode = networking.ServerTLSSettings_OPTIONAL_MUTUAL
		out.InsecureSkipVerify = wrapperspb.Bool(fallback && option == "")
		return nil
	}
	out.Mode = networking.ServerTLSSettings_MUTUAL
	return nil
}

// secret reports whether a Secret with one of some keys exists. What is not known is taken to exist.
func (g *listening) secret(namespace, name string, keys ...string) bool {
	got, found, _ := g.Snapshot.Secrets.Get(namespace, name)
	if !found {
		_, flaw := credential.Of(g.Snapshot, namespace, name, false)
		return flaw == ""
	}
	return len(got.Data) == 0 || slices.ContainsFunc(keys, func(k string) bool {
		_, has := got.Data[k]
		return has
	})
}

// seen reports whether a Secret was read.
func (g *listening) seen(namespace, name string) bool {
	seen, _ := credential.Of(g.Snapshot, namespace, name, false)
	return seen
}

// authority reports whether a ConfigMap with the certificate of an authority exists. Where nobody looked for it the listener's status tells, and
// where that tells nothing the ConfigMap is taken to exist, and is a gap.
func (g *listening) authority(l *Listener, namespace, name string) bool {
	cm, found, gaps := g.Snapshot.ConfigMaps.Get(namespace, name)
	switch {
	case found:
		return cm.Data["ca.crt"] != "" || cm.Data["cacert"] != ""
	case len(gaps) == 0 || l.refused(gatewayv1.ListenerReasonInvalidCACertificateRef):
		return false
	case !l.Resolved():
		g.Unread(gaps)
	}
	return true
}
