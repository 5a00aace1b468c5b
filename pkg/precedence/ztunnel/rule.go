package ztunnel

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Rule is a rule of an AuthorizationPolicy as ztunnel has it. It matches a connection if each of its clauses does; without any it matches
// every connection.
type Rule struct {
	Ref      mesh.Ref // spec.rules[i]
	To, From Clause   // nil where nothing is asked
	When     []Clause // one for each entry
	Lost     []Loss   // what is written and ztunnel does not have
	Fate     Fate
}

// Clauses are all that the rule has.
func (r *Rule) Clauses() []Clause {
	var out []Clause
	for _, c := range append([]Clause{r.To, r.From}, r.When...) {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Clause is one of the lists of a rule: it matches if any of its alternatives does.
type Clause []Alternative

// Alternative is an entry of a list: it matches if all its conditions do. One that is left without a condition matches nothing, unlike
// with Envoy.
type Alternative struct {
	Field      string // spec.rules[i].from[j].source
	Conditions []Condition
}

// Condition compares one attribute of a connection: it holds if any value matches, or, negated, if none does.
type Condition struct {
	Field  string // of the values, within the policy
	Key    string // of a condition of when; empty elsewhere
	Of     Attribute
	Not    bool
	Values []string // that ztunnel can compare, as they are written
}

// Attribute is what ztunnel knows of a connection.
type Attribute int

// The attributes.
const (
	Principal       Attribute = iota // of the peer's certificate, without spiffe://
	Namespace                        // the same identity's
	ServiceAccount                   // the same identity's, as namespace/name
	SourceIP                         // of the peer on the wire
	DestinationIP                    // of the pod
	DestinationPort                  // of the pod
)

// Loss is a field that ztunnel does not have, and why.
type Loss struct {
	Field string
	Why   precedence.LossReason
}

// Why a field is lost. The words are codes of the catalogue.
const (
	NeedsHTTP         precedence.LossReason = "NeedsHTTP"         // ztunnel does not read HTTP
	NotTranslated     precedence.LossReason = "NotTranslated"     // istiod leaves it out without a word: trust domains, and some keys of when
	ReleaseTooOld     precedence.LossReason = "ReleaseTooOld"     // istiod, or ztunnel, is of a release that does not compare it
	ValueNotUsable    precedence.LossReason = "ValueNotUsable"    // a port or an address that is none
	ActionUnsupported precedence.LossReason = "ActionUnsupported" // AUDIT and CUSTOM never reach ztunnel
	EmptySelector     precedence.LossReason = "EmptySelector"     // selector: {} attaches the policy to no pod
)

// Fate is what becomes of a rule on its way to ztunnel.
type Fate int

// The fates, each worse than the one before it.
const (
	AsWritten Fate = iota
	Wider          // matches connections that the rule as written does not
	Narrower       // does not match some that it does
	Changed        // both
	Inert          // matches none at all
	Dropped        // an ALLOW rule that asks for HTTP is left out as a whole
)

func (f Fate) String() string {
	return [...]string{"as written", "wider", "narrower", "changed", "inert", "dropped"}[f]
}
