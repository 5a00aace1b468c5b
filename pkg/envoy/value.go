package envoy

import "strings"

// Pattern is one of the four forms of a value in a policy.
type Pattern struct {
	Form Form
	Text string
}

// Form is how a [Pattern] compares.
type Form int

// The forms. A leading star is looked at first, so that "*x*" is a suffix with a literal star, and a star within is literal.
const (
	Exact Form = iota
	Prefix
	Suffix
	Present // "*": anything that is there; see [Pattern.Match] for what is empty
)

// ParsePattern reads a value (pilot/pkg/security/authz/matcher/string.go).
func ParsePattern(value string) Pattern {
	switch {
	case value == "*":
		return Pattern{Form: Present}
	case strings.HasPrefix(value, "*"):
		return Pattern{Suffix, value[1:]}
	case strings.HasSuffix(value, "*"):
		return Pattern{Prefix, value[:len(value)-1]}
	}
	return Pattern{Exact, value}
}

// Match compares a string: a path, a principal, a server name, a claim. "*" wants at least one character.
func (p Pattern) Match(s string) bool {
	if p.Form == Present {
		return s != ""
	}
	return p.text(s)
}

// MatchHeader compares a header that is present; "*" takes an empty one too.
func (p Pattern) MatchHeader(s string) bool {
	return p.Form == Present || p.text(s)
}

func (p Pattern) text(s string) bool {
	switch p.Form {
	case Prefix:
		return strings.HasPrefix(s, p.Text)
	case Suffix:
		return strings.HasSuffix(s, p.Text)
	}
	return s == p.Text
}

// MatchFold is MatchHeader without regard to case, as hosts compare.
func (p Pattern) MatchFold(s string) bool {
	p.Text = strings.ToLower(p.Text)
	return p.MatchHeader(strings.ToLower(s))
}
