package rbac

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Rule is a rule of a policy made ready for matching: it matches if an alternative of from matches, an alternative of to, and all conditions
// of when. No alternatives match everything.
type Rule struct {
	Ref        mesh.Ref
	Dropped    bool // by istiod, whatever the action: it has a key that istiod does not know
	From, To   []Alternative
	When       []Condition
	Conditions int    // in all
	Sender     Sender // what of the sender the rule compares

	lost [2]bool // an ALLOW rule is lost with what cannot be compared: on a chain of HTTP, and on one of TCP
}

// Alternative is a source or an operation: all its conditions must hold.
type Alternative struct {
	Conditions []Condition
	Void       bool // nothing is left of it, and it matches nothing
}

// Condition is one field of a rule with its values, or a half of a when: it holds if any of them matches, or, negated, if none does.
type Condition struct {
	evidence.Comparison
	Attribute *Attribute

	not     bool
	invalid bool // a value of it cannot be used
	useless bool // none can
	match   matcher
}

// Writer is what istiod knows when it writes a rule.
type Writer struct {
	Namespace    string          // of the policy
	TrustDomains []string        // of the mesh: its own and the aliases
	Release      release.Release // of istiod
}

// Compile makes a rule ready; at is the rule within its policy.
func (w Writer) Compile(at mesh.Ref, r *security.Rule) Rule {
	if r == nil {
		return Rule{Ref: at, Dropped: true}
	}
	var from, to []Alternative
	var when []Condition
	dropped := false
	for i, f := range r.From {
		field := at.Field + ".from[" + strconv.Itoa(i) + "].source"
		from = append(from, w.alternative(field, func(a *Attribute) (values, not []string) { return a.Source(f.GetSource()) }))
	}
	for i, t := range r.To {
		field := at.Field + ".to[" + strconv.Itoa(i) + "].operation"
		to = append(to, w.alternative(field, func(a *Attribute) (values, not []string) { return a.Operation(t.GetOperation()) }))
	}
	for i, c := range r.When {
		if !Known(c.GetKey(), w.Release) {
			dropped = true
			continue
		}
		a, names, ok := ByKey(c.GetKey())
		field := at.Field + ".when[" + strconv.Itoa(i) + "]"
		for _, x := range []Condition{w.condition(a, names, field+".values", c.GetValues(), false), w.condition(a, names, field+".notValues", c.GetNotValues(), true)} {
			if len(x.Want) > 0 {
				x.Key, x.invalid, x.useless = c.GetKey(), x.invalid || !ok, x.useless || !ok
				when = append(when, x)
			}
		}
	}
	out := NewRule(at, from, to, when)
	out.Dropped = dropped
	return out
}

// NewRule makes a rule of its parts.
func NewRule(at mesh.Ref, from, to []Alternative, when []Condition) Rule {
	out := Rule{Ref: at, From: from, To: to, When: when}
	for c := range out.All {
		out.Conditions++
		out.Sender |= c.Attribute.Sender
		out.lost[onHTTP] = out.lost[onHTTP] || c.invalid
		out.lost[onTCP] = out.lost[onTCP] || c.invalid || c.Attribute.HTTP
	}
	return out
}

// alternative compiles the fields of an entry, the positive ones first. A field that istiod does not know yet is not there: what is left of the
// entry matches more, and an entry of which nothing is left matches everything.
func (w Writer) alternative(field string, of func(*Attribute) (values, not []string)) Alternative {
	var positive, negated []Condition
	for i := range Attributes {
		a := &Attributes[i]
		if !w.Release.Has(a.Since) {
			continue
		}
		values, not := of(a)
		if len(values) > 0 {
			positive = append(positive, w.condition(a, nil, field+"."+a.Field, values, false))
		}
		if len(not) > 0 {
			negated = append(negated, w.condition(a, nil, field+"."+a.Negated(), not, true))
		}
	}
	return Alternative{Conditions: append(positive, negated...)}
}

func (w Writer) condition(a *Attribute, names []string, field string, values []string, not bool) Condition {
	c := Condition{Comparison: evidence.Comparison{Field: field, Want: values}, Attribute: a, not: not}
	if len(values) == 0 {
		return c
	}
	c.invalid = slices.ContainsFunc(values, func(v string) bool { return !a.Usable(v) })
	c.useless = !slices.ContainsFunc(values, a.Usable)
	c.match = a.matcher(names, values, w)
	return c
}

// NewCondition makes a condition that is compared as another proxy does; matches finds what a request has for it, and whether any of its values
// matches, without regard to not.
func NewCondition(c evidence.Comparison, not bool, matches func(*Subject) (got string, is evidence.Tri)) Condition {
	a, _ := Of(&c)
	return Condition{Comparison: c, Attribute: a, not: not, match: matches}
}

// All calls f for the conditions of the rule in their order, until it returns false.
func (r *Rule) All(f func(*Condition) bool) {
	for _, list := range [][]Alternative{r.From, r.To, {{Conditions: r.When}}} {
		for _, a := range list {
			for i := range a.Conditions {
				if !f(&a.Conditions[i]) {
					return
				}
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

// Lost reports whether a chain goes without the rule. On a TCP chain what only HTTP has cannot be compared: an ALLOW rule with such a condition
// is lost as a whole, of other rules only the condition is, which makes them match more. The same goes for values that cannot be used.
func (r *Rule) Lost(tcp, allow bool) bool { return r.Dropped || allow && r.lost[chainOf(tcp)] }

// LostOnTCP reports whether an ALLOW rule is lost on TCP chains alone, for what only HTTP has.
func (r *Rule) LostOnTCP() bool { return r.lost[onTCP] && !r.lost[onHTTP] }

// Match reports whether a rule that is not lost matches a request, and adds the comparisons to a list.
func (r *Rule) Match(s *Subject, tcp bool, to []evidence.Check) (evidence.Tri, []evidence.Check) {
	is := anyOf(r.From, s, tcp, &to)
	is = evidence.And(is, anyOf(r.To, s, tcp, &to))
	return evidence.And(is, allOf(r.When, s, tcp, &to)), to
}

// Matches is Match without an account of what was compared.
func (r *Rule) Matches(s *Subject, tcp bool) evidence.Tri {
	is := anyOf(r.To, s, tcp, nil)
	if is != evidence.False {
		is = evidence.And(is, allOf(r.When, s, tcp, nil))
	}
	if is == evidence.False {
		return evidence.False
	}
	return evidence.And(is, anyOf(r.From, s, tcp, nil))
}

// LeftToSender reports whether what the rule asks of the request itself leaves it to the sender whether it matches.
func (r *Rule) LeftToSender(s *Subject, tcp bool) bool {
	if anyOf(r.To, s, tcp, nil) == evidence.False {
		return false
	}
	for i := range r.When {
		if x := &r.When[i]; x.Attribute.Sender == 0 && x.Counts(tcp) {
			if _, is := x.Holds(s); is == evidence.False {
				return false
			}
		}
	}
	return true
}

// Holds reports whether the condition holds, and what the request has for it.
func (c *Condition) Holds(s *Subject) (got string, is evidence.Tri) {
	got, is = c.match(s)
	if c.not {
		is = is.Not()
	}
	return got, is
}

// Counts reports whether the condition is compared on a chain at all.
func (c *Condition) Counts(tcp bool) bool { return (!tcp || !c.Attribute.HTTP) && !c.useless }

// anyOf reports whether an alternative matches, which needs all of its conditions; no alternatives at all match everything.
func anyOf(alternatives []Alternative, s *Subject, tcp bool, to *[]evidence.Check) evidence.Tri {
	if len(alternatives) == 0 {
		return evidence.True
	}
	any := evidence.False
	for i := range alternatives {
		if alternatives[i].Void {
			continue
		}
		any = evidence.Or(any, allOf(alternatives[i].Conditions, s, tcp, to))
		if to == nil && any == evidence.True {
			break
		}
	}
	return any
}

// allOf reports whether all conditions hold. What is compared is added to a list; without one, the first that fails is the last that is
// looked at.
func allOf(conditions []Condition, s *Subject, tcp bool, to *[]evidence.Check) evidence.Tri {
	all := evidence.True
	for i := range conditions {
		c := &conditions[i]
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
