package matrix

import (
	"net/netip"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// sender is what of a client travels with its requests: the identity that its proxy shows, and its address.
type sender struct {
	Principal string
	Address   netip.Addr
}

// comparison is a rule of a policy that another sender could fare differently with, and what of the sender it sees.
type comparison struct {
	rule    *rbac.Rule
	subject *rbac.Subject // of the walk's own sender, then of those that are tried in its place
	tcp     bool

	principal, direct, remote bool // what of the subject is the sender's
	blame                     bool // which of its conditions on addresses fail matters too
}

// comparisonsOf collects the comparisons of a filter that the sender takes part in.
func comparisonsOf(rules *rbac.SenderRules, from sender) []comparison {
	if rules == nil {
		return nil
	}
	own := *rules.Subject
	x := comparison{subject: &own, tcp: rules.TCP}
	x.principal = from.Principal != "" && own.Principal == from.Principal
	x.direct, x.remote = own.Direct == from.Address, own.Remote == from.Address
	var seen rbac.Sender
	if x.principal {
		seen |= rbac.Identity
	}
	if x.direct || x.remote {
		seen |= rbac.Address
	}
	var out []comparison
	for _, r := range rules.Rules {
		if r.Sender&seen == 0 {
			continue
		}
		x.rule = r
		// Without an identity it is told whether that alone is what a rule lacks.
		x.blame = rules.Allow && own.Principal == "" && r.Sender&rbac.Address != 0
		if x.blame || r.LeftToSender(&own, rules.TCP) {
			out = append(out, x)
		}
	}
	return out
}

// of answers a comparison for another sender.
func (c *comparison) of(x sender) evidence.Tri { return c.rule.Matches(c.as(x), c.tcp) }

// as puts another sender in the place of the one before.
func (c *comparison) as(x sender) *rbac.Subject {
	if c.principal {
		c.subject.Principal = x.Principal
	}
	if c.direct {
		c.subject.Direct = x.Address
	}
	if c.remote {
		c.subject.Remote = x.Address
	}
	return c.subject
}

// addresses appends to buf which of the rule's conditions on addresses hold for another sender.
func (c *comparison) addresses(buf []byte, x sender) []byte {
	s := c.as(x)
	for condition := range c.rule.All {
		if condition.Attribute.Sender == rbac.Address && condition.Counts(c.tcp) {
			_, is := condition.Holds(s)
			buf = append(buf, byte('1'+is.Compare(evidence.Unknown)))
		}
	}
	return buf
}
