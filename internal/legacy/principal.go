package legacy

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// The words that stood for all callers, and for those that said who they are.
const (
	allUsers         = "allUsers"
	allAuthenticated = "allAuthenticatedUsers"
)

// everybody reports whether a list of names holds one for all callers. Unlike today's, the star of a user stood for those without a
// certificate too (pilot/pkg/security/authz/model/principal.go, forKeyValue).
func everybody(names []string) bool {
	return slices.Contains(names, "*") || slices.Contains(names, allUsers)
}

func authenticated(names []string) []string {
	out := slices.Clone(names)
	for i, n := range out {
		if n == allAuthenticated {
			out[i] = "*"
		}
	}
	return out
}

// principals asks for a caller of one of the names.
func (w *who) principals(names []string, id identity, trustDomain string) {
	if len(names) == 0 || everybody(names) {
		return
	}
	names = authenticated(names)
	if id.peerToken {
		note(&w.notSame, peerToken)
		w.requestPrincipals(names)
		return
	}
	for _, n := range names {
		switch {
		case foreign(n, trustDomain):
			note(&w.notes, foreignTrustDomain(n, trustDomain))
		case id.requestToken && strings.Trim(n, "*") != "" && !strings.Contains(n, "/ns/"):
			note(&w.notes, peerNotToken)
		}
	}
	if len(w.source.Principals) == 0 {
		w.source.Principals = names
		return
	}
	w.when = append(w.when, &security.Condition{Key: "source.principal", Values: names})
}

func (w *who) notPrincipals(names []string, id identity) {
	switch {
	case len(names) == 0:
	case everybody(names):
		w.never = true
		note(&w.notes, notEverybody)
	case id.peerToken:
		note(&w.notSame, peerToken)
		w.http = true
		w.source.NotRequestPrincipals = authenticated(names)
	default:
		w.source.NotPrincipals = authenticated(names)
	}
}

// requestPrincipals asks for a token of one of the principals. 1.4 compared ISSUER/SUBJECT as one text, today they are compared apart,
// split at the last slash of the value (pilot/pkg/security/authz/model/generator.go, requestPrincipalGenerator).
func (w *who) requestPrincipals(names []string) {
	w.http = true
	for _, n := range names {
		if text, ok := strings.CutSuffix(n, "*"); ok && strings.Contains(text, "/") {
			note(&w.notSame, requestPrefix(n))
		}
	}
	if len(w.source.RequestPrincipals) == 0 {
		w.source.RequestPrincipals = names
		return
	}
	w.when = append(w.when, &security.Condition{Key: "request.auth.principal", Values: names})
}

// foreign tells a full name of another trust domain than the mesh's; cluster.local stands for the mesh's own in full names.
func foreign(name, trustDomain string) bool {
	parts := strings.Split(name, "/")
	td := parts[0]
	if len(parts) < 2 || strings.Contains(td, "*") || td == trustDomain || parts[1] != "ns" {
		return false
	}
	return td != mesh.DefaultTrustDomain || len(parts) != 5
}
