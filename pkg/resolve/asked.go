package resolve

import (
	"net/netip"
	"strings"
)

// senderPart is what of the sender a comparison looks at.
type senderPart int

const (
	senderIdentity senderPart = 1 << iota
	senderAddress
)

// partOf tells by a field's name, or a condition's key.
func partOf(name string) senderPart {
	switch name {
	case "principals", "namespaces", "serviceAccounts", "trustDomains", "notPrincipals", "notNamespaces", "notServiceAccounts", "notTrustDomains",
		"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal":
		return senderIdentity
	case "ipBlocks", "remoteIpBlocks", "notIpBlocks", "notRemoteIpBlocks", "source.ip", "remote.ip":
		return senderAddress
	}
	return 0
}

func (c *clause) sender() senderPart {
	if c.Key != "" {
		return partOf(c.Key)
	}
	return partOf(c.Field[strings.LastIndexByte(c.Field, '.')+1:])
}

func (r *compiledRule) comparesSender() senderPart {
	var out senderPart
	for _, e := range r.from {
		for i := range e.clauses {
			out |= e.clauses[i].sender()
		}
	}
	for i := range r.when {
		out |= r.when[i].sender()
	}
	return out
}

// asking are the rules of one stage that compared something of the sender.
type asking struct {
	subject    *subject
	tcp, allow bool
	rules      []*compiledRule
}

func newAsking(s *subject, tcp, allow bool, rules int) *asking {
	return &asking{subject: s, tcp: tcp, allow: allow, rules: make([]*compiledRule, 0, rules)}
}

// of notes a rule, if another sender could fare differently with it.
func (a *asking) of(r *compiledRule) {
	if r.sender != 0 && !r.dropped && !(a.allow && r.lost[chainOf(a.tcp)]) {
		a.rules = append(a.rules, r)
	}
}

// holds is match without an account of what was compared.
func (r *compiledRule) holds(s *subject, tcp bool) Tri {
	is := anyEntry(r.to, s, tcp, nil)
	if is != False {
		is = And(is, allClauses(r.when, s, tcp, nil))
	}
	if is == False {
		return False
	}
	return And(is, anyEntry(r.from, s, tcp, nil))
}

// Sender is what of a client travels with its requests: the identity that its proxy shows, and its address.
type Sender struct {
	Principal string
	Address   netip.Addr
}

// comparison is a rule that another sender could fare differently with, and what of the sender it sees.
type comparison struct {
	rule                      *compiledRule
	subject                   *subject // of the walk's own sender, then of those that are asked
	tcp                       bool
	principal, direct, remote bool
	blame                     bool // which of its conditions fail is asked, too
}

// compare collects the comparisons of a stage that the sender takes part in.
func (a *asking) compare(from Sender) []comparison {
	own := *a.subject
	x := comparison{subject: &own, tcp: a.tcp}
	x.principal = from.Principal != "" && x.subject.principal == from.Principal
	x.direct, x.remote = x.subject.direct == from.Address, x.subject.remote == from.Address
	var seen senderPart
	if x.principal {
		seen |= senderIdentity
	}
	if x.direct || x.remote {
		seen |= senderAddress
	}
	var out []comparison
	for _, r := range a.rules {
		if r.sender&seen == 0 {
			continue
		}
		x.rule = r
		// Without an identity it is told whether that alone is what a rule lacks.
		x.blame = a.allow && x.subject.principal == "" && r.sender&senderAddress != 0
		if x.blame || r.open(x.subject, a.tcp) {
			out = append(out, x)
		}
	}
	return out
}

// open tells whether what a rule asks of the request itself leaves it to the sender whether it matches.
func (r *compiledRule) open(s *subject, tcp bool) bool {
	if anyEntry(r.to, s, tcp, nil) == False {
		return false
	}
	for i := range r.when {
		if x := &r.when[i]; x.sender() == 0 && x.counts(tcp) {
			if _, is := x.holds(s); is == False {
				return false
			}
		}
	}
	return true
}

// of answers a comparison for another sender.
func (c *comparison) of(x Sender) Tri { return c.rule.holds(c.as(x), c.tcp) }

// as puts another sender in the place of the one before.
func (c *comparison) as(x Sender) *subject {
	if c.principal {
		c.subject.principal = x.Principal
	}
	if c.direct {
		c.subject.direct = x.Address
	}
	if c.remote {
		c.subject.remote = x.Address
	}
	return c.subject
}

// forwards tells a header, or a condition on one, that carries the address on.
func forwards(name string) bool { return strings.Contains(strings.ToLower(name), "x-forwarded-for") }
