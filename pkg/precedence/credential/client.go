package credential

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// What istiod does not hand out to a proxy that begins TLS.
const (
	AuthorityAbsent  Flaw = "AuthorityAbsent"  // neither NAME-cacert nor NAME is there
	AuthorityWithout Flaw = "AuthorityWithout" // what is there has no certificate authority
)

// Authorities tells what is known of the certificate authority that credentialName of a rule for clients stands for, as [Of] does of a server's
// certificate: it is in the Secret NAME-cacert, else in NAME (pilot/pkg/credentials/kube/secrets.go, GetCaCert). Secret is the one that counts, or
// where none was read the one to look for.
func Authorities(s *mesh.Snapshot, namespace, name string) (secret mesh.Ref, flaw Flaw) {
	of := func(n string) mesh.Ref { return mesh.Ref{Kind: mesh.Secret, Namespace: namespace, Name: n} }
	for _, n := range []string{name + Authority, name} {
		if got, found, _ := s.Secrets.Get(namespace, n); found {
			if len(got.Data) > 0 && !hasAuthority(got) {
				return of(n), AuthorityWithout
			}
			return of(n), ""
		}
	}
	for _, n := range []string{name, name + Authority} {
		if _, _, gaps := s.Secrets.Get(namespace, n); len(gaps) > 0 && !slices.Contains(s.Absent, of(n)) {
			return of(n), ""
		}
	}
	if seen, _ := absent(s, namespace, name); seen || slices.Contains(s.Absent, of(name)) {
		return of(name), AuthorityAbsent
	}
	return of(name), ""
}
