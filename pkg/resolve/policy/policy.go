package policy

import (
	"net/netip"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Compiled is an AuthorizationPolicy made ready for matching.
type Compiled struct {
	*securityapi.AuthorizationPolicy
	ref    mesh.Ref
	dryRun bool
	Rules  []compiledRule
}

// compiledRule is a rule: it matches if an entry of from matches, an entry of to, and all conditions. No entries match everything.
type compiledRule struct {
	Ref      mesh.Ref
	dropped  bool           // has a key that istiod does not know, which loses the rule whatever the action
	why      precedence.Why // it is dropped, if for another reason
	From, To []entry
	When     []Clause
	catchAll bool
	clauses  int        // in all
	lost     [2]bool    // an ALLOW rule is lost with them: on a chain of HTTP, and on one of TCP
	Sender   SenderPart // what of the sender the rule compares
}

// entry is a source or an operation: all its fields must hold.
type entry struct {
	field   string
	Clauses []Clause
	void    bool // nothing is left of it, and it matches nothing
}

type compiledKey struct{ namespace, name string }

// Compile makes a policy ready, once for a view of the mesh.
func Compile(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy) *Compiled {
	return mesh.Derive(s, compiledKey{p.Namespace, p.Name}, func() *Compiled {
		c := &Compiled{AuthorizationPolicy: p, ref: policyRef(p)}
		// A value that is no bool is an error in istiod's log, and counts as false.
		c.dryRun, _ = strconv.ParseBool(p.Annotations["istio.io/dry-run"])
		for i, r := range p.Spec.Rules {
			c.Rules = append(c.Rules, compileRule(s, p.Namespace, r, c.ref.At("spec.rules["+strconv.Itoa(i)+"]")))
		}
		return c
	})
}

func policyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}

func compileRule(s *mesh.Snapshot, namespace string, r *security.Rule, at mesh.Ref) compiledRule {
	out := compiledRule{Ref: at}
	if r == nil {
		out.dropped = true
		return out
	}
	for i, f := range r.From {
		e := entry{field: at.Field + ".from[" + strconv.Itoa(i) + "].source"}
		if f.GetSource() != nil {
			source(&e, s.Config, namespace, f.Source)
		}
		out.From = append(out.From, e)
	}
	for i, t := range r.To {
		e := entry{field: at.Field + ".to[" + strconv.Itoa(i) + "].operation"}
		if t.GetOperation() != nil {
			operation(&e, t.Operation)
		}
		out.To = append(out.To, e)
	}
	for i, w := range r.When {
		field := at.Field + ".when[" + strconv.Itoa(i) + "]"
		for _, half := range []struct {
			values []string
			not    bool
			name   string
		}{{w.Values, false, "values"}, {w.NotValues, true, "notValues"}} {
			m, http, invalid, known := condition(w.Key, half.values, namespace, s.Config, s.Version.Istiod)
			if !known {
				out.dropped = true
			} else if len(half.values) > 0 {
				out.When = append(out.When, Clause{Comparison: evidence.Comparison{Field: field + "." + half.name, Key: w.Key, Want: half.values}, not: half.not, httpOnly: http, invalid: invalid, match: m})
			}
		}
	}
	out.catchAll = len(r.From) == 0 && len(r.To) == 0 && len(r.When) == 0
	out.finish()
	return out
}

// finish works out what follows from the clauses.
func (r *compiledRule) finish() {
	r.Sender = r.comparesSender()
	for _, list := range [][]entry{r.From, r.To, {{Clauses: r.When}}} {
		for _, e := range list {
			for _, c := range e.Clauses {
				r.clauses++
				r.lost[onHTTP] = r.lost[onHTTP] || c.invalid
				r.lost[onTCP] = r.lost[onTCP] || c.invalid || c.httpOnly
			}
		}
	}
}

// What a proxy reads the bytes of a connection as.
const (
	onHTTP = iota
	onTCP
)

func chainOf(tcp bool) int {
	if tcp {
		return onTCP
	}
	return onHTTP
}

func add(e *entry, name string, values []string, not bool, httpOnly, invalid bool, m matcher) {
	if len(values) == 0 {
		return
	}
	if not {
		name = "not" + string(name[0]-'a'+'A') + name[1:]
	}
	e.Clauses = append(e.Clauses, Clause{Comparison: evidence.Comparison{Field: e.field + "." + name, Want: values}, not: not, httpOnly: httpOnly, invalid: invalid, match: m})
}

func source(e *entry, cfg mesh.Config, namespace string, s *security.Source) {
	for _, x := range []struct {
		not                                                               bool
		principals, requestPrincipals, namespaces, ips, remotes, sas, tds []string
	}{
		{false, s.Principals, s.RequestPrincipals, s.Namespaces, s.IpBlocks, s.RemoteIpBlocks, s.ServiceAccounts, s.TrustDomains},
		{true, s.NotPrincipals, s.NotRequestPrincipals, s.NotNamespaces, s.NotIpBlocks, s.NotRemoteIpBlocks, s.NotServiceAccounts, s.NotTrustDomains},
	} {
		add(e, "principals", x.principals, x.not, false, false, matchPrincipals(x.principals, cfg))
		add(e, "requestPrincipals", x.requestPrincipals, x.not, true, false, matchRequestPrincipals(x.requestPrincipals))
		add(e, "namespaces", x.namespaces, x.not, false, false, matchNamespaces(x.namespaces))
		add(e, "serviceAccounts", x.sas, x.not, false, false, matchServiceAccounts(x.sas, namespace))
		add(e, "trustDomains", x.tds, x.not, false, false, matchTrustDomains(x.tds, cfg))
		m, invalid := matchPeers(x.ips)
		add(e, "ipBlocks", x.ips, x.not, false, invalid, m)
		m, invalid = matchAddresses(x.remotes, func(s *Subject) netip.Addr { return s.remote })
		add(e, "remoteIpBlocks", x.remotes, x.not, false, invalid, m)
	}
}

func operation(e *entry, o *security.Operation) {
	for _, x := range []struct {
		not                          bool
		hosts, ports, methods, paths []string
	}{{false, o.Hosts, o.Ports, o.Methods, o.Paths}, {true, o.NotHosts, o.NotPorts, o.NotMethods, o.NotPaths}} {
		add(e, "hosts", x.hosts, x.not, true, false, matchHosts(x.hosts))
		m, invalid := matchPorts(x.ports)
		add(e, "ports", x.ports, x.not, false, invalid, m)
		add(e, "methods", x.methods, x.not, true, false, matchMethods(x.methods))
		add(e, "paths", x.paths, x.not, true, false, matchPaths(x.paths))
	}
}

// match tells whether a rule matches a request, and adds the comparisons to a list. On a TCP chain what only HTTP has cannot be compared:
// an ALLOW rule with such a field is lost as a whole, of other rules only the field is, which makes them match more. The same goes for
// values that cannot be used.
func (r *compiledRule) match(s *Subject, tcp, allow bool, to []evidence.Check) (is evidence.Tri, dropped bool, checks []evidence.Check) {
	if r.dropped || allow && r.lost[chainOf(tcp)] {
		return evidence.False, true, to
	}
	is = anyEntry(r.From, s, tcp, &to)
	is = evidence.And(is, anyEntry(r.To, s, tcp, &to))
	return evidence.And(is, allClauses(r.When, s, tcp, &to)), false, to
}

// Counts reports whether the clause takes part on a chain: those that need HTTP do not on a TCP chain, nor those whose values are of no use.
func (c *Clause) Counts(tcp bool) bool {
	return (!tcp || !c.httpOnly) && (!c.invalid || c.usable())
}

// usable tells whether any of the clause's values can be used.
func (c *Clause) usable() bool {
	for _, v := range c.Want {
		if n, err := strconv.ParseUint(v, 10, 32); err == nil && n <= 65535 {
			return true
		}
		if _, err := netip.ParsePrefix(v); err == nil {
			return true
		}
		if _, err := netip.ParseAddr(v); err == nil {
			return true
		}
	}
	return false
}

// anyEntry tells whether an entry matches, which needs all of its clauses; no entries at all match everything.
func anyEntry(entries []entry, s *Subject, tcp bool, to *[]evidence.Check) evidence.Tri {
	if len(entries) == 0 {
		return evidence.True
	}
	any := evidence.False
	for i := range entries {
		if entries[i].void {
			continue
		}
		any = evidence.Or(any, allClauses(entries[i].Clauses, s, tcp, to))
		if to == nil && any == evidence.True {
			break
		}
	}
	return any
}

// allClauses tells whether all clauses hold. What is compared is added to a list; without one, the first that fails is the last that is
// looked at.
func allClauses(clauses []Clause, s *Subject, tcp bool, to *[]evidence.Check) evidence.Tri {
	all := evidence.True
	for i := range clauses {
		c := &clauses[i]
		if !c.Counts(tcp) {
			continue
		}
		got, is := c.Holds(s)
		all = evidence.And(all, is)
		switch {
		case to != nil:
			*to = append(*to, evidence.Check{Comparison: &c.Comparison, Got: got, Is: is})
		case all == evidence.False:
			return evidence.False
		}
	}
	return all
}
