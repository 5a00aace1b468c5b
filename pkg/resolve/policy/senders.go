package policy

import (
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// SenderPart is what of the sender a comparison looks at.
type SenderPart int

// The parts of a sender.
const (
	senderIdentity SenderPart = 1 << iota
	SenderAddress
)

// partOf tells by a field's name, or a condition's key.
func partOf(name string) SenderPart {
	switch name {
	case "principals", "namespaces", "serviceAccounts", "trustDomains", "notPrincipals", "notNamespaces", "notServiceAccounts", "notTrustDomains",
		"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal":
		return senderIdentity
	case "ipBlocks", "remoteIpBlocks", "notIpBlocks", "notRemoteIpBlocks", "source.ip", "remote.ip":
		return SenderAddress
	}
	return 0
}

// Sender is what of the sender the clause compares.
func (c *Clause) Sender() SenderPart {
	if c.Key != "" {
		return partOf(c.Key)
	}
	return partOf(c.Field[strings.LastIndexByte(c.Field, '.')+1:])
}

func (r *compiledRule) comparesSender() SenderPart {
	var out SenderPart
	for _, e := range r.From {
		for i := range e.Clauses {
			out |= e.Clauses[i].Sender()
		}
	}
	for i := range r.When {
		out |= r.When[i].Sender()
	}
	return out
}

// Asking are the rules of one stage that compared something of the sender.
type Asking struct {
	subject    *Subject
	tcp, allow bool
	rules      []*compiledRule
}

func newAsking(s *Subject, tcp, allow bool, rules int) *Asking {
	return &Asking{subject: s, tcp: tcp, allow: allow, rules: make([]*compiledRule, 0, rules)}
}

// of notes a rule, if another sender could fare differently with it.
func (a *Asking) of(r *compiledRule) {
	if r.Sender != 0 && !r.dropped && !(a.allow && r.lost[chainOf(a.tcp)]) {
		a.rules = append(a.rules, r)
	}
}

// holds is match without an account of what was compared.
func (r *compiledRule) holds(s *Subject, tcp bool) evidence.Tri {
	is := anyEntry(r.To, s, tcp, nil)
	if is != evidence.False {
		is = evidence.And(is, allClauses(r.When, s, tcp, nil))
	}
	if is == evidence.False {
		return evidence.False
	}
	return evidence.And(is, anyEntry(r.From, s, tcp, nil))
}

// Sender is what of a client travels with its requests: the identity that its proxy shows, and its address.
type Sender struct {
	Principal string
	Address   netip.Addr
}

// Comparison is a rule that another sender could fare differently with, and what of the sender it sees.
type Comparison struct {
	Rule                      *compiledRule
	subject                   *Subject // of the walk's own sender, then of those that are asked
	Tcp                       bool
	principal, direct, remote bool
	Blame                     bool // which of its conditions fail is asked, too
}

// Compare collects the comparisons of a stage that the sender takes part in.
func (a *Asking) Compare(from Sender) []Comparison {
	own := *a.subject
	x := Comparison{subject: &own, Tcp: a.tcp}
	x.principal = from.Principal != "" && x.subject.principal == from.Principal
	x.direct, x.remote = x.subject.direct == from.Address, x.subject.remote == from.Address
	var seen SenderPart
	if x.principal {
		seen |= senderIdentity
	}
	if x.direct || x.remote {
		seen |= SenderAddress
	}
	var out []Comparison
	for _, r := range a.rules {
		if r.Sender&seen == 0 {
			continue
		}
		x.Rule = r
		// Without an identity it is told whether that alone is what a rule lacks.
		x.Blame = a.allow && x.subject.principal == "" && r.Sender&SenderAddress != 0
		if x.Blame || r.open(x.subject, a.tcp) {
			out = append(out, x)
		}
	}
	return out
}

// open tells whether what a rule asks of the request itself leaves it to the sender whether it matches.
func (r *compiledRule) open(s *Subject, tcp bool) bool {
	if anyEntry(r.To, s, tcp, nil) == evidence.False {
		return false
	}
	for i := range r.When {
		if x := &r.When[i]; x.Sender() == 0 && x.Counts(tcp) {
			if _, is := x.Holds(s); is == evidence.False {
				return false
			}
		}
	}
	return true
}

// Of answers a comparison for another sender.
func (c *Comparison) Of(x Sender) evidence.Tri { return c.Rule.holds(c.As(x), c.Tcp) }

// As puts another sender in the place of the one before.
func (c *Comparison) As(x Sender) *Subject {
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

// Forwards tells a header, or a condition on one, that carries the address on.
func Forwards(name string) bool { return strings.Contains(strings.ToLower(name), "x-forwarded-for") }
