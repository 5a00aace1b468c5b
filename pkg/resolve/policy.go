package resolve

import (
	"net/netip"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// compiled is an AuthorizationPolicy made ready for matching.
type compiled struct {
	*securityapi.AuthorizationPolicy
	ref    mesh.Ref
	dryRun bool
	rules  []compiledRule
}

// compiledRule is a rule: it matches if an entry of from matches, an entry of to, and all conditions. No entries match everything.
type compiledRule struct {
	ref      mesh.Ref
	dropped  bool // has a key that istiod does not know, which loses the rule whatever the action
	from, to []entry
	when     []clause
	catchAll bool
	clauses  int        // in all
	lost     [2]bool    // an ALLOW rule is lost with them: on a chain of HTTP, and on one of TCP
	sender   senderPart // what of the sender the rule compares
}

// entry is a source or an operation: all its fields must hold.
type entry struct {
	field   string
	clauses []clause
}

type compiledKey struct{ namespace, name string }

// compile makes a policy ready, once for a view of the mesh.
func compile(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy) *compiled {
	return mesh.Derive(s, compiledKey{p.Namespace, p.Name}, func() *compiled {
		c := &compiled{AuthorizationPolicy: p, ref: policyRef(p)}
		// A value that is no bool is an error in istiod's log, and counts as false.
		c.dryRun, _ = strconv.ParseBool(p.Annotations["istio.io/dry-run"])
		for i, r := range p.Spec.Rules {
			c.rules = append(c.rules, compileRule(s, p.Namespace, r, c.ref.At("spec.rules["+itoa(i)+"]")))
		}
		return c
	})
}

func policyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}

func compileRule(s *mesh.Snapshot, namespace string, r *security.Rule, at mesh.Ref) compiledRule {
	out := compiledRule{ref: at}
	if r == nil {
		out.dropped = true
		return out
	}
	for i, f := range r.From {
		e := entry{field: at.Field + ".from[" + itoa(i) + "].source"}
		if f.GetSource() != nil {
			e.source(s.Config, namespace, f.Source)
		}
		out.from = append(out.from, e)
	}
	for i, t := range r.To {
		e := entry{field: at.Field + ".to[" + itoa(i) + "].operation"}
		if t.GetOperation() != nil {
			e.operation(t.Operation)
		}
		out.to = append(out.to, e)
	}
	for i, w := range r.When {
		field := at.Field + ".when[" + itoa(i) + "]"
		for _, half := range []struct {
			values []string
			not    bool
			name   string
		}{{w.Values, false, "values"}, {w.NotValues, true, "notValues"}} {
			m, http, invalid, known := condition(w.Key, half.values, namespace, s.Config, s.Version.Istiod)
			if !known {
				out.dropped = true
			} else if len(half.values) > 0 {
				out.when = append(out.when, clause{Comparison: Comparison{field + "." + half.name, w.Key, half.values}, not: half.not, httpOnly: http, invalid: invalid, match: m})
			}
		}
	}
	out.catchAll = len(r.From) == 0 && len(r.To) == 0 && len(r.When) == 0
	out.sender = out.comparesSender()
	for _, list := range [][]entry{out.from, out.to, {{clauses: out.when}}} {
		for _, e := range list {
			for _, c := range e.clauses {
				out.clauses++
				out.lost[onHTTP] = out.lost[onHTTP] || c.invalid
				out.lost[onTCP] = out.lost[onTCP] || c.invalid || c.httpOnly
			}
		}
	}
	return out
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

func (e *entry) add(name string, values []string, not bool, httpOnly, invalid bool, m matcher) {
	if len(values) == 0 {
		return
	}
	if not {
		name = "not" + string(name[0]-'a'+'A') + name[1:]
	}
	e.clauses = append(e.clauses, clause{Comparison: Comparison{Field: e.field + "." + name, Want: values}, not: not, httpOnly: httpOnly, invalid: invalid, match: m})
}

func (e *entry) source(cfg mesh.Config, namespace string, s *security.Source) {
	for _, x := range []struct {
		not                                                               bool
		principals, requestPrincipals, namespaces, ips, remotes, sas, tds []string
	}{
		{false, s.Principals, s.RequestPrincipals, s.Namespaces, s.IpBlocks, s.RemoteIpBlocks, s.ServiceAccounts, s.TrustDomains},
		{true, s.NotPrincipals, s.NotRequestPrincipals, s.NotNamespaces, s.NotIpBlocks, s.NotRemoteIpBlocks, s.NotServiceAccounts, s.NotTrustDomains},
	} {
		e.add("principals", x.principals, x.not, false, false, matchPrincipals(x.principals, cfg))
		e.add("requestPrincipals", x.requestPrincipals, x.not, true, false, matchRequestPrincipals(x.requestPrincipals))
		e.add("namespaces", x.namespaces, x.not, false, false, matchNamespaces(x.namespaces))
		e.add("serviceAccounts", x.sas, x.not, false, false, matchServiceAccounts(x.sas, namespace))
		e.add("trustDomains", x.tds, x.not, false, false, matchTrustDomains(x.tds, cfg))
		m, invalid := matchAddresses(x.ips, func(s *subject) netip.Addr { return s.direct })
		e.add("ipBlocks", x.ips, x.not, false, invalid, m)
		m, invalid = matchAddresses(x.remotes, func(s *subject) netip.Addr { return s.remote })
		e.add("remoteIpBlocks", x.remotes, x.not, false, invalid, m)
	}
}

func (e *entry) operation(o *security.Operation) {
	for _, x := range []struct {
		not                          bool
		hosts, ports, methods, paths []string
	}{{false, o.Hosts, o.Ports, o.Methods, o.Paths}, {true, o.NotHosts, o.NotPorts, o.NotMethods, o.NotPaths}} {
		e.add("hosts", x.hosts, x.not, true, false, matchHosts(x.hosts))
		m, invalid := matchPorts(x.ports)
		e.add("ports", x.ports, x.not, false, invalid, m)
		e.add("methods", x.methods, x.not, true, false, matchMethods(x.methods))
		e.add("paths", x.paths, x.not, true, false, matchPaths(x.paths))
	}
}

// match tells whether a rule matches a request, and adds the comparisons to a list. On a TCP chain what only HTTP has cannot be compared:
// an ALLOW rule with such a field is lost as a whole, of other rules only the field is, which makes them match more. The same goes for
// values that cannot be used.
func (r *compiledRule) match(s *subject, tcp, allow bool, to []Check) (is Tri, dropped bool, checks []Check) {
	if r.dropped || allow && r.lost[chainOf(tcp)] {
		return False, true, to
	}
	is = anyEntry(r.from, s, tcp, &to)
	is = And(is, anyEntry(r.to, s, tcp, &to))
	return And(is, allClauses(r.when, s, tcp, &to)), false, to
}

func (c *clause) counts(tcp bool) bool {
	return (!tcp || !c.httpOnly) && (!c.invalid || c.usable())
}

// usable tells whether any of the clause's values can be used.
func (c *clause) usable() bool {
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
func anyEntry(entries []entry, s *subject, tcp bool, to *[]Check) Tri {
	if len(entries) == 0 {
		return True
	}
	any := False
	for i := range entries {
		any = Or(any, allClauses(entries[i].clauses, s, tcp, to))
		if to == nil && any == True {
			break
		}
	}
	return any
}

// allClauses tells whether all clauses hold. What is compared is added to a list; without one, the first that fails is the last that is
// looked at.
func allClauses(clauses []clause, s *subject, tcp bool, to *[]Check) Tri {
	all := True
	for i := range clauses {
		c := &clauses[i]
		if !c.counts(tcp) {
			continue
		}
		got, is := c.holds(s)
		all = And(all, is)
		switch {
		case to != nil:
			*to = append(*to, Check{&c.Comparison, got, is})
		case all == False:
			return False
		}
	}
	return all
}
