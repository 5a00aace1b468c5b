// Package credential tells what is known of the Secrets that gateways' servers name.
package credential

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Flaw is what is wrong with a Secret that a gateway's server names; empty where nothing is.
type Flaw string

// What istiod does not hand out, or a gateway does not take.
const (
	SecretAbsent           Flaw = "SecretAbsent"           // there is none of that name
	SecretElsewhere        Flaw = "SecretElsewhere"        // there is one in another namespace
	SecretWithoutKeys      Flaw = "SecretWithoutKeys"      // it has neither tls.crt and tls.key nor cert and key
	SecretUnfit            Flaw = "SecretUnfit"            // its key and its certificate do not fit, or are none
	SecretWithoutAuthority Flaw = "SecretWithoutAuthority" // neither it nor NAME-cacert has a certificate authority
)

// Authority is the end of the name of a Secret that holds the certificate authority alone (pilot/pkg/credentials/kube/secrets.go,
// GatewaySdsCaSuffix).
const Authority = "-cacert"

// Of tells what is known of the Secret that a server names: whether anything that was read speaks for or against it, and what is wrong
// with it. Secrets come from files alone, and people leave most of them out: that one is missing counts only where the files hold others of
// its namespace, or one of its name elsewhere. With authority the server asks clients for a certificate, and needs to know who signs
// these. Keys are those that istiod looks for (pilot/pkg/credentials/kube/secrets.go, ExtractCertInfo and ExtractRoot).
func Of(s *mesh.Snapshot, namespace, name string, authority bool) (seen bool, flaw Flaw) {
	got, found, gaps := s.Secrets.Get(namespace, name)
	switch {
	case slices.Contains(s.Absent, mesh.Ref{Kind: mesh.Secret, Namespace: namespace, Name: name}):
		return true, SecretAbsent
	case !found && len(gaps) > 0:
		return false, ""
	case !found:
		return absent(s, namespace, name)
	}
	names := mesh.CertificateOf(got)
	switch {
	case len(got.Data) == 0:
		return true, "" // names alone were read
	case names == nil:
		return true, SecretWithoutKeys
	case string(got.Data[names[0]]) == mesh.Unfit:
		return true, SecretUnfit
	case authority && !hasAuthority(got):
		if beside, found, _ := s.Secrets.Get(namespace, name+Authority); !found || len(beside.Data) > 0 && !hasAuthority(beside) {
			return true, SecretWithoutAuthority
		}
	}
	return true, ""
}

// ContentRead reports whether more than the name of a Secret was read.
func ContentRead(s *mesh.Snapshot, namespace, name string) bool {
	got, found, _ := s.Secrets.Get(namespace, name)
	return found && len(got.Data) > 0
}

func absent(s *mesh.Snapshot, namespace, name string) (seen bool, flaw Flaw) {
	all, _ := s.Secrets.All()
	for _, x := range all {
		if x.Name == name {
			return true, SecretElsewhere
		}
	}
	if beside, _ := s.Secrets.In(namespace); len(beside) > 0 {
		return true, SecretAbsent
	}
	return false, ""
}

func hasAuthority(x *corev1.Secret) bool {
	_, root := x.Data["ca.crt"]
	_, old := x.Data["cacert"]
	return root || old
}

// OtherHost returns the names that the certificate of a Secret is for, where it was read and is not for a host. A client that verifies
// certificates ends the handshake then (RFC 9110, 4.3.4).
func OtherHost(s *mesh.Snapshot, namespace, name, host string) (names []string, is bool) {
	got, found, _ := s.Secrets.Get(namespace, name)
	if !found {
		return nil, false
	}
	fits, known, names := mesh.Certified(got, host)
	return names, known && !fits
}
