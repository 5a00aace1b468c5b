package ztunnel

import (
	"net/netip"
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// translate makes of a rule what istiod sends of it (authorization.go, handleRule). An ALLOW rule with any field of HTTP is dropped as a
// whole; of a DENY rule the fields are, so that an entry with nothing else matches nothing, and one with something else matches more.
func (t *translation) translate(allow bool, r *security.Rule) Rule {
	at := t.out.Ref
	for i, to := range r.GetTo() {
		t.operation(at.Field+".to["+strconv.Itoa(i)+"].operation", to.GetOperation())
	}
	t.out.To = t.done()
	for i, from := range r.GetFrom() {
		t.source(at.Field+".from["+strconv.Itoa(i)+"].source", from.GetSource())
	}
	t.out.From = t.done()
	for i, when := range r.GetWhen() {
		t.when(at.Field+".when["+strconv.Itoa(i)+"]", when)
		t.out.When = append(t.out.When, t.done())
	}
	if allow && t.http {
		t.out.To, t.out.From, t.out.When, t.out.Fate = nil, nil, nil, Dropped
		return t.out
	}
	t.out.Fate = t.fate()
	return t.out
}

// translation is a rule in the making.
type translation struct {
	out       Rule
	clause    Clause // that is being read
	namespace string // of the policy
	http      bool   // something asks for HTTP
	lost      []bool // of each alternative, in order, whether it lost a condition
	gained    []bool // and whether it lost values of a condition that stays

	knowsAccounts bool // istiod and ztunnel compare serviceAccounts
}

// done hands the clause over, and begins another.
func (t *translation) done() Clause {
	c := t.clause
	t.clause = nil
	return c
}

// alternative begins an entry of the clause.
func (t *translation) alternative(field string) {
	t.clause = append(t.clause, Alternative{Field: field})
	t.lost, t.gained = append(t.lost, false), append(t.gained, false)
}

// condition adds a condition to the last alternative, without the values that cannot be compared.
func (t *translation) condition(c Condition, values []string, usable func(string) bool) {
	if len(values) == 0 {
		return
	}
	for _, v := range values {
		if usable == nil || usable(v) {
			c.Values = append(c.Values, v)
		}
	}
	n := len(t.lost) - 1
	if len(c.Values) < len(values) {
		t.out.Lost = append(t.out.Lost, Loss{c.Field, ValueNotUsable})
	}
	if len(c.Values) == 0 {
		t.lost[n] = true
		return
	}
	// Fewer values match less, or, negated, more.
	t.gained[n] = t.gained[n] || c.Not && len(c.Values) < len(values)
	a := &t.clause[len(t.clause)-1]
	a.Conditions = append(a.Conditions, c)
}

// lose notes a field of the last alternative that ztunnel does not have.
func (t *translation) lose(field string, why precedence.LossReason, values []string) {
	if len(values) == 0 {
		return
	}
	t.out.Lost = append(t.out.Lost, Loss{field, why})
	t.lost[len(t.lost)-1] = true
	t.http = t.http || why == NeedsHTTP
}

func (t *translation) operation(field string, o *security.Operation) {
	t.alternative(field)
	for _, x := range []struct {
		name   string
		values []string
	}{
		{"hosts", o.GetHosts()}, {"notHosts", o.GetNotHosts()}, {"methods", o.GetMethods()}, {"notMethods", o.GetNotMethods()},
		{"paths", o.GetPaths()}, {"notPaths", o.GetNotPaths()},
	} {
		t.lose(field+"."+x.name, NeedsHTTP, x.values)
	}
	t.condition(Condition{Field: field + ".ports", Of: DestinationPort}, o.GetPorts(), isPort)
	t.condition(Condition{Field: field + ".notPorts", Of: DestinationPort, Not: true}, o.GetNotPorts(), isPort)
}

func (t *translation) source(field string, s *security.Source) {
	t.alternative(field)
	for _, x := range []struct {
		name   string
		why    precedence.LossReason
		values []string
	}{
		{"requestPrincipals", NeedsHTTP, s.GetRequestPrincipals()}, {"notRequestPrincipals", NeedsHTTP, s.GetNotRequestPrincipals()},
		{"remoteIpBlocks", NeedsHTTP, s.GetRemoteIpBlocks()}, {"notRemoteIpBlocks", NeedsHTTP, s.GetNotRemoteIpBlocks()},
		{"trustDomains", NotTranslated, s.GetTrustDomains()}, {"notTrustDomains", NotTranslated, s.GetNotTrustDomains()},
	} {
		t.lose(field+"."+x.name, x.why, x.values)
	}
	accounts, notAccounts := t.accounts(s.GetServiceAccounts()), t.accounts(s.GetNotServiceAccounts())
	if !t.knowsAccounts {
		t.lose(field+".serviceAccounts", ReleaseTooOld, accounts)
		t.lose(field+".notServiceAccounts", ReleaseTooOld, notAccounts)
		accounts, notAccounts = nil, nil
	}
	for _, x := range []struct {
		of       Attribute
		name     string
		not      bool
		values   []string
		isUsable func(string) bool
	}{
		{SourceIP, "ipBlocks", false, s.GetIpBlocks(), isAddress}, {SourceIP, "notIpBlocks", true, s.GetNotIpBlocks(), isAddress},
		{Namespace, "namespaces", false, s.GetNamespaces(), nil}, {Namespace, "notNamespaces", true, s.GetNotNamespaces(), nil},
		{ServiceAccount, "serviceAccounts", false, accounts, nil},
		{ServiceAccount, "notServiceAccounts", true, notAccounts, nil},
		{Principal, "principals", false, s.GetPrincipals(), nil}, {Principal, "notPrincipals", true, s.GetNotPrincipals(), nil},
	} {
		t.condition(Condition{Field: field + "." + x.name, Of: x.of, Not: x.not}, x.values, x.isUsable)
	}
}

// accounts completes names without a namespace with the policy's own.
func (t *translation) accounts(values []string) []string {
	out := slices.Clone(values)
	for i, v := range out {
		if !slices.Contains([]byte(v), '/') {
			out[i] = t.namespace + "/" + v
		}
	}
	return out
}

// whenKeys are the keys of when that ztunnel has; every other one counts as one of HTTP, even source.serviceAccount (l4WhenAttributes).
var whenKeys = map[string]struct {
	of     Attribute
	usable func(string) bool
}{
	"source.ip":        {SourceIP, isAddress},
	"source.namespace": {Namespace, nil},
	"source.principal": {Principal, nil},
	"destination.ip":   {DestinationIP, isAddress},
	"destination.port": {DestinationPort, isPort},
}

func (t *translation) when(field string, c *security.Condition) {
	t.alternative(field)
	key, known := whenKeys[c.GetKey()]
	if !known {
		t.out.Lost, t.http = append(t.out.Lost, Loss{field + ".key", NeedsHTTP}), true
		t.lost[len(t.lost)-1] = true
		return
	}
	t.condition(Condition{Field: field + ".values", Key: c.GetKey(), Of: key.of}, c.GetValues(), key.usable)
	t.condition(Condition{Field: field + ".notValues", Key: c.GetKey(), Of: key.of, Not: true}, c.GetNotValues(), key.usable)
}

// fate judges what became of a rule that was not dropped. An alternative that lost all its conditions is one way less to match, one that
// lost some matches more; a clause without any way left matches nothing, and so does the rule.
func (t *translation) fate() Fate {
	wider, narrower, n := false, false, 0
	for _, clause := range t.out.Clauses() {
		ways := 0
		for _, a := range clause {
			switch {
			case len(a.Conditions) == 0:
				narrower = true
			default:
				ways++
				wider = wider || t.lost[n] || t.gained[n]
			}
			n++
		}
		if ways == 0 {
			return Inert
		}
	}
	narrower = narrower || slices.ContainsFunc(t.out.Lost, t.lessMatches)
	switch {
	case wider && narrower:
		return Changed
	case wider:
		return Wider
	case narrower:
		return Narrower
	}
	return AsWritten
}

// lessMatches reports whether a loss leaves a positive condition with fewer values.
func (t *translation) lessMatches(l Loss) bool {
	if l.Why != ValueNotUsable {
		return false
	}
	for _, clause := range t.out.Clauses() {
		for _, a := range clause {
			if slices.ContainsFunc(a.Conditions, func(c Condition) bool { return c.Field == l.Field && !c.Not }) {
				return true
			}
		}
	}
	return false
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
