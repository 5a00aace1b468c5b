package envoy

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

const (
	// largestProgram bounds the instructions of an expression, as the bootstrap of Istio's proxies does (pkg/bootstrap/config.go,
	// re2.max_program_size.error_level). RE2 counts more of them than [instructions] does.
	largestProgram = 32768
	// MostSteps bounds a comparison, by instructions times bytes: about a second.
	MostSteps = 1 << 25
	// fewBytes is what a text counts at least, since an expression takes memory for no text at all.
	fewBytes = 64
	// worthKeeping is from how many steps on the result of a comparison is kept, and remembered how many results of an expression are.
	worthKeeping, remembered = 1 << 12, 256
)

// Expression is a regular expression of RE2's language. Comparing with it takes time and memory by its size and the text's; where that is
// more than a question is worth, the result is not known.
type Expression struct {
	size     int                   // 0 for one that cannot be read
	longest  func() *regexp.Regexp // for matches that are as long as possible
	leftmost func() *regexp.Regexp // for those that Perl would find

	mu   sync.Mutex
	kept map[string]bool
}

var expressions sync.Map // string -> *Expression

// ParseExpression reads an expression; each is compiled once.
func ParseExpression(expr string) *Expression {
	if e, ok := expressions.Load(expr); ok {
		return e.(*Expression)
	}
	e := &Expression{}
	if parsed, err := syntax.Parse(expr, syntax.Perl); err == nil {
		e.size = instructions(parsed)
	}
	e.leftmost = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	e.longest = sync.OnceValue(func() *regexp.Regexp {
		re := regexp.MustCompile(expr)
		re.Longest()
		return re
	})
	stored, _ := expressions.LoadOrStore(expr, e)
	return stored.(*Expression)
}

// Refused reports whether Envoy does not take the expression: RE2 cannot read it, or its program is larger than Istio allows.
func (e *Expression) Refused() bool { return e.size == 0 || e.size > largestProgram }

// Steps is how many steps comparing a text of so many bytes may take; more than [MostSteps] where the expression is too large for any text.
func (e *Expression) Steps(bytes int) int {
	if e.size > largestProgram {
		return MostSteps + 1
	}
	return e.size * max(bytes, fewBytes)
}

// Full compares the whole of a text, as Envoy does: the longest match from the beginning is all of it. One that cannot be read matches nothing.
// It is not known whether one does whose comparison takes too long.
func (e *Expression) Full(text string) (is, known bool) {
	switch {
	case e.size == 0:
		return false, true
	case e.Steps(len(text)) > MostSteps:
		return false, false
	case e.Steps(len(text)) < worthKeeping:
		return e.full(text), true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	is, ok := e.kept[text]
	if !ok {
		if len(e.kept) >= remembered || e.kept == nil {
			e.kept = map[string]bool{}
		}
		is = e.full(text)
		e.kept[text] = is
	}
	return is, true
}

func (e *Expression) full(text string) bool {
	at := e.longest().FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// Replace replaces what the expression matches, with \1 for its first group. A text stays where the expression cannot be read; the result is not
// known where working it out takes too long.
func (e *Expression) Replace(text, with string) (replaced string, known bool) {
	switch {
	case e.size == 0:
		return text, true
	case e.Steps(len(text)) > MostSteps:
		return text, false
	}
	return e.leftmost().ReplaceAllString(text, backslash.ReplaceAllString(strings.ReplaceAll(with, "$", "$$"), "$${$1}")), true
}

var backslash = regexp.MustCompile(`\\([0-9])`)

// instructions counts what the program of an expression has at least, up to a little above the bound.
func instructions(re *syntax.Regexp) int {
	n := 1
	switch re.Op {
	case syntax.OpLiteral:
		n = max(1, len(re.Rune))
	case syntax.OpCapture:
		n = 2
	case syntax.OpAlternate:
		n = len(re.Sub)
	}
	for _, sub := range re.Sub {
		n += instructions(sub)
		if n > largestProgram {
			break
		}
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return min(n, largestProgram+1)
}
