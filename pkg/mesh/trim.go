package mesh

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Trim drops from an object what no decision reads and what only takes room: the record of who wrote which field, of which the time of the
// last change is left (see [Snapshot.Times]), and the content of a Secret, of which
// nothing may be known but the names of its entries, whether a certificate and its key fit, and the names that the certificate is for, which its
// server shows to everybody.
func Trim(o metav1.Object) metav1.Object {
	o.SetManagedFields(lastChange(o))
	if a := o.GetAnnotations(); a["kubectl.kubernetes.io/last-applied-configuration"] != "" {
		delete(a, "kubectl.kubernetes.io/last-applied-configuration")
		o.SetAnnotations(a)
	}
	return trimSecret(o)
}

// lastChange is the time at which somebody last wrote an object's metadata or spec, as the only entry of its managedFields. Pods and their
// endpoints are many, and change all the time.
func lastChange(o metav1.Object) []metav1.ManagedFieldsEntry {
	switch o.(type) {
	case *corev1.Pod, *discoveryv1.EndpointSlice:
		return nil
	}
	var last *metav1.Time
	for _, f := range o.GetManagedFields() {
		if f.Time != nil && f.Subresource == "" && (last == nil || last.Before(f.Time)) {
			last = f.Time
		}
	}
	if last == nil {
		return nil
	}
	return []metav1.ManagedFieldsEntry{{Time: last}}
}

// Times tells when an object was created, and when somebody last changed it, as far as its managedFields tell; the zero time where
// that is not known.
func (s *Snapshot) Times(r Ref) (created, changed time.Time) {
	o, ok := s.get(r)
	if !ok {
		return
	}
	created = o.GetCreationTimestamp().Time
	if f := lastChange(o); f != nil {
		changed = f[0].Time.Time
	}
	return created, changed
}

// trimSecret leaves the names of a Secret's entries, and of its certificate that it does not fit its key, or else the names that it is for.
func trimSecret(o metav1.Object) metav1.Object {
	s, ok := o.(*corev1.Secret)
	if !ok {
		return o
	}
	if s.Data == nil && len(s.StringData) > 0 {
		s.Data = make(map[string][]byte, len(s.StringData))
	}
	for k, v := range s.StringData {
		s.Data[k] = []byte(v)
	}
	fits, certified := fit(s), certifiedNames(s)
	for k := range s.Data {
		s.Data[k] = nil
	}
	s.StringData = nil
	if names := CertificateOf(s); !fits && names != nil {
		s.Data[names[0]], s.Data[names[1]] = []byte(Unfit), []byte(Unfit)
	} else if names != nil {
		s.Data[names[0]] = certified
	}
	return o
}

// Unfit stands for a certificate and a key that do not fit. Of others the names are kept that the certificate is for, behind CertifiedNames.
const (
	Unfit          = "unfit"
	CertifiedNames = "certificate for "
)

// certifiedNames are the names of a Secret's certificate as they are kept; nil where it has none, or what it has cannot be read. A Secret that was
// trimmed already keeps what it has.
func certifiedNames(x *corev1.Secret) []byte {
	names := CertificateOf(x)
	if names == nil {
		return nil
	}
	kept := x.Data[names[0]]
	if bytes.HasPrefix(kept, []byte(CertifiedNames)) {
		return kept
	}
	block, _ := pem.Decode(kept)
	if block == nil {
		return nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	list := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	return []byte(CertifiedNames + strings.Join(list, ","))
}

// Certified reports whether the certificate of a Secret is for a host, and which names it is for; it is not known where only the names of the Secret's
// entries were read. A name of the certificate may begin with a star for one label (RFC 6125, 6.4.3); its subject does not count.
func Certified(x *corev1.Secret, host string) (is, known bool, names []string) {
	entries := CertificateOf(x)
	if entries == nil {
		return false, false, nil
	}
	list, known := strings.CutPrefix(string(x.Data[entries[0]]), CertifiedNames)
	if !known {
		return false, false, nil
	}
	c := x509.Certificate{}
	for name := range strings.SplitSeq(list, ",") {
		if ip, err := netip.ParseAddr(name); err == nil {
			c.IPAddresses = append(c.IPAddresses, ip.AsSlice())
		} else if name != "" {
			c.DNSNames = append(c.DNSNames, name)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return c.VerifyHostname(host) == nil, true, names
}

// fit reports whether the certificate and the key of a Secret belong together, so far as it has them.
func fit(x *corev1.Secret) bool {
	names := CertificateOf(x)
	if names == nil {
		return true
	}
	certificate, key := x.Data[names[0]], x.Data[names[1]]
	if len(certificate) == 0 || len(key) == 0 || bytes.HasPrefix(certificate, []byte(CertifiedNames)) {
		return true
	}
	_, err := tls.X509KeyPair(certificate, key)
	return err == nil
}

// CertificateOf returns the names of a Secret's entries that hold the certificate and its key; nil where there is no such pair.
func CertificateOf(x *corev1.Secret) []string {
	for _, names := range [][]string{{"cert", "key"}, {"tls.crt", "tls.key"}} {
		_, certificate := x.Data[names[0]]
		if _, key := x.Data[names[1]]; certificate && key {
			return names
		}
	}
	return nil
}
