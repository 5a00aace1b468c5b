package rbac

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Attribute is something of a request that a rule can ask about: as a field of a source or an operation, as a condition's key, or as either.
type Attribute struct {
	Field string        // of a source or an operation, without not: principals; empty where only conditions ask about it
	Key   string        // of a condition; empty where only a field asks about it
	Named bool          // names in brackets follow the key: request.headers[x-team]
	Also  string        // a key, names and all, that comes to the same as the field, and is another attribute's by its form
	HTTP  bool          // cannot be seen on a TCP chain
	Since release.Since // releases of istiod that brought field and key; nil where every one has them

	Sender      Sender // what of the sender it looks at
	Token       bool   // it is of the verified token, so that without a RequestAuthentication there is nothing to compare
	TrustDomain bool   // values begin with a trust domain

	Secret Secret // whether what is compared may be a secret
	Noun   string // for sentences, before the names in brackets; where it is empty the key stands for itself
	Long   bool   // values are long enough for it to help where two of them part

	source    func(*security.Source) (values, not []string)
	operation func(*security.Operation) (values, not []string)
	usable    func(value string) bool // nil where every value is
	matcher   func(names, values []string, w Writer) matcher
}

// Sender is what of the sender an attribute looks at, one or several of these.
type Sender int

// What travels with a sender's requests.
const (
	Identity Sender = 1 << iota // that its proxy shows
	Address
)

// Secret is how to find out whether what an attribute compares is a secret.
type Secret int

// Ways in which values are secret.
const (
	Open        Secret = iota // they are none
	HeaderNamed               // those of some headers are
	ClaimNamed                // those of all claims but some are
)

// Attributes is the table, in the order in which the fields of an entry are compared. Everything that has to do with an attribute reads it
// here: matching, findings, near misses, redaction, and what an answer depends on. The names are AuthorizationPolicy's
// (istio: pilot/pkg/security/authz/model/model.go).
var Attributes = []Attribute{
	{Field: "principals", Key: "source.principal", Sender: Identity, TrustDomain: true, Noun: "principal", Long: true, matcher: principals,
		source: func(s *security.Source) (values, not []string) { return s.GetPrincipals(), s.GetNotPrincipals() }},
	{Field: "requestPrincipals", Key: "request.auth.principal", HTTP: true, Token: true, Noun: "request principal", Long: true, matcher: requestPrincipals,
		source: func(s *security.Source) (values, not []string) {
			return s.GetRequestPrincipals(), s.GetNotRequestPrincipals()
		}},
	{Field: "namespaces", Key: "source.namespace", Sender: Identity, Noun: "namespace", matcher: namespaces,
		source: func(s *security.Source) (values, not []string) { return s.GetNamespaces(), s.GetNotNamespaces() }},
	{Field: "serviceAccounts", Key: "source.serviceAccount", Since: release.ServiceAccountConditions, Sender: Identity, Noun: "service account", matcher: serviceAccounts,
		source: func(s *security.Source) (values, not []string) {
			return s.GetServiceAccounts(), s.GetNotServiceAccounts()
		}},
	{Field: "trustDomains", Key: "source.trustDomain", Since: release.TrustDomainConditions, Sender: Identity, TrustDomain: true, Noun: "trust domain", matcher: trustDomains,
		source: func(s *security.Source) (values, not []string) { return s.GetTrustDomains(), s.GetNotTrustDomains() }},
	{Field: "ipBlocks", Key: "source.ip", Sender: Address, Noun: "source IP", usable: isAddress, matcher: peers,
		source: func(s *security.Source) (values, not []string) { return s.GetIpBlocks(), s.GetNotIpBlocks() }},
	{Field: "remoteIpBlocks", Key: "remote.ip", Sender: Address, Noun: "client IP", usable: isAddress, matcher: addresses(func(s *Subject) netip.Addr { return s.Remote }),
		source: func(s *security.Source) (values, not []string) {
			return s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks()
		}},

	{Field: "hosts", HTTP: true, Noun: "host", Long: true, matcher: hosts,
		operation: func(o *security.Operation) (values, not []string) { return o.GetHosts(), o.GetNotHosts() }},
	{Field: "ports", Key: "destination.port", Noun: "port", usable: isPort, matcher: ports,
		operation: func(o *security.Operation) (values, not []string) { return o.GetPorts(), o.GetNotPorts() }},
	{Field: "methods", Also: "request.headers[:method]", HTTP: true, Noun: "method", matcher: methods,
		operation: func(o *security.Operation) (values, not []string) { return o.GetMethods(), o.GetNotMethods() }},
	{Field: "paths", HTTP: true, Noun: "path", Long: true, matcher: paths,
		operation: func(o *security.Operation) (values, not []string) { return o.GetPaths(), o.GetNotPaths() }},

	{Key: "request.auth.audiences", HTTP: true, Token: true, matcher: claim("aud")},
	{Key: "request.auth.presenter", HTTP: true, Token: true, matcher: claim("azp")},
	{Key: "request.auth.claims", Named: true, HTTP: true, Token: true, Secret: ClaimNamed, Noun: "claim", Long: true, matcher: claim()},
	{Key: "request.headers", Named: true, HTTP: true, Secret: HeaderNamed, Noun: "header", matcher: header},
	{Key: "destination.ip", usable: isAddress, matcher: addresses(func(s *Subject) netip.Addr { return s.Destination })},
	{Key: "connection.sni", matcher: serverName},
	{Key: "experimental.envoy.filters.", Named: true, matcher: metadata},
}

// ByField returns the attribute that a field of a source or an operation asks about, and whether the field is a negated one; nil where there
// is none of that name.
func ByField(name string) (a *Attribute, not bool) {
	if rest, ok := strings.CutPrefix(name, "not"); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
		name, not = strings.ToLower(rest[:1])+rest[1:], true
	}
	i := slices.IndexFunc(Attributes, func(a Attribute) bool { return a.Field == name && name != "" })
	if i < 0 {
		return nil, not
	}
	return &Attributes[i], not
}

// ByKey returns the attribute that a condition's key asks about, and the names in its brackets; nil for a key that no release knows. It is not
// ok where the names cannot be read, of which the condition is lost.
func ByKey(key string) (a *Attribute, names []string, ok bool) {
	for i := range Attributes {
		switch a := &Attributes[i]; {
		case a.Key == "":
		case !a.Named && a.Key == key:
			return a, nil, true
		case a.Named && strings.HasPrefix(key, a.Key):
			names, ok := bracketed(a, key[len(a.Key):])
			return a, names, ok
		}
	}
	return nil, nil, false
}

// Known reports whether istiod of a release knows a key. One that it does not know loses the whole rule.
func Known(key string, release release.Release) bool {
	a, _, _ := ByKey(key)
	return a != nil && release.Has(a.Since)
}

// Of returns the attribute that a comparison is about, and whether it is a negated one; nil for a comparison of another kind of object.
func Of(c *evidence.Comparison) (a *Attribute, not bool) {
	if c.Key != "" {
		a, _, _ := ByKey(c.Key)
		return a, strings.HasSuffix(c.Field, ".notValues")
	}
	return ByField(c.Field[strings.LastIndexByte(c.Field, '.')+1:])
}

// SameField returns the field that comes to the same as a condition's key, or the key where there is none.
func SameField(key string) string {
	for i := range Attributes {
		if a := &Attributes[i]; a.Field != "" && (a.Key == key || a.Also == key) {
			return a.Field
		}
	}
	return key
}

// Usable reports whether a value can be compared: a port is a number, an address an address or a range.
func (a *Attribute) Usable(value string) bool { return a.usable == nil || a.usable(value) }

// Source returns the values of the attribute's field in a source, and those of the negated field.
func (a *Attribute) Source(s *security.Source) (values, not []string) {
	if a.source == nil {
		return nil, nil
	}
	return a.source(s)
}

// Operation returns the values of the attribute's field in an operation, and those of the negated field.
func (a *Attribute) Operation(o *security.Operation) (values, not []string) {
	if a.operation == nil {
		return nil, nil
	}
	return a.operation(o)
}

// OfOperation reports whether a field of an operation asks about the attribute, which is then the request's own: its host, port, method or path.
func (a *Attribute) OfOperation() bool { return a.operation != nil }

// Negated is the name of the field that asks for the opposite: notPaths.
func (a *Attribute) Negated() string { return "not" + string(a.Field[0]-'a'+'A') + a.Field[1:] }

// bracketed reads the names behind a key. Claims may be nested.
func bracketed(a *Attribute, rest string) (names []string, ok bool) {
	switch a.Secret {
	case ClaimNamed:
		return nestedBrackets(rest)
	case HeaderNamed:
		name, ok := inBrackets(rest)
		return []string{name}, ok
	}
	_, name, ok := strings.Cut(rest, "[") // metadata: the closing bracket may be missing
	return []string{strings.TrimSuffix(name, "]")}, ok
}

func inBrackets(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// nestedBrackets reads [a][b]; where that does not go up, all between the first and the last bracket is one name.
func nestedBrackets(s string) ([]string, bool) {
	var names []string
	for rest := s; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.Contains(rest[1:end], "[") {
			whole, ok := inBrackets(s)
			return []string{whole}, ok
		}
		names = append(names, rest[1:end])
		rest = rest[end+1:]
	}
	return names, true
}

func isPort(v string) bool {
	n, err := strconv.ParseUint(v, 10, 32)
	return err == nil && n <= 65535
}

func isAddress(v string) bool {
	if _, err := netip.ParsePrefix(v); err == nil {
		return true
	}
	_, err := netip.ParseAddr(v)
	return err == nil
}
