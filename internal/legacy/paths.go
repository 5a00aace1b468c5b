package legacy

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
)

// maxPaths bounds the work of [minus] on hostile trigger rules.
const maxPaths = 64

// minus takes from a list of paths those for which a token is asked by the triggers of another one. ok is false where patterns would
// be needed that an AuthorizationPolicy does not have.
func minus(list, triggers []paths) (out []paths, ok bool) {
	for _, k := range triggers {
		out = nil
		for _, p := range list {
			// Not (in and not not) is: not in, or not.
			for _, rest := range []paths{{not: k.in}, {in: k.not}} {
				if len(rest.in)+len(rest.not) == 0 {
					continue
				}
				both, some, ok := p.and(rest)
				if !ok || len(out) > maxPaths {
					return nil, false
				}
				if some {
					out = append(out, both)
				}
			}
		}
		list = out
	}
	return list, true
}

// and is what both allow; some is false if that is nothing.
func (p paths) and(o paths) (both paths, some, ok bool) {
	both.not = append(slices.Clone(p.not), o.not...)
	slices.Sort(both.not)
	both.not = slices.Compact(both.not)
	switch {
	case len(p.in) == 0:
		both.in = slices.Clone(o.in)
	case len(o.in) == 0:
		both.in = slices.Clone(p.in)
	default:
		for _, a := range p.in {
			for _, b := range o.in {
				switch {
				case covers(a, b):
					both.in = append(both.in, b)
				case covers(b, a):
					both.in = append(both.in, a)
				case strings.HasPrefix(a, "*") && strings.HasSuffix(b, "*"), strings.HasPrefix(b, "*") && strings.HasSuffix(a, "*"):
					return paths{}, false, false // a prefix and a suffix at once cannot be said
				}
			}
		}
		if len(both.in) == 0 {
			return paths{}, false, true
		}
	}
	had := len(both.in) > 0
	both.in = slices.DeleteFunc(both.in, func(v string) bool {
		return slices.ContainsFunc(both.not, func(not string) bool { return covers(not, v) })
	})
	some = len(both.in) > 0 || !had && !slices.Contains(both.not, "*")
	return both, some, true
}

// covers reports whether one pattern fits every path that another one fits.
func covers(a, b string) bool {
	switch {
	case a == "*", a == b:
		return true
	case b == "*":
		return false
	case strings.HasPrefix(a, "*"):
		return strings.HasSuffix(b, a[1:]) && !strings.HasSuffix(b, "*")
	case strings.HasSuffix(a, "*"):
		return strings.HasPrefix(b, a[:len(a)-1]) && !strings.HasPrefix(b, "*")
	}
	return false
}

// operations writes paths as the to of a rule; none for every path.
func operations(list []paths) []*security.Rule_To {
	var out []*security.Rule_To
	for _, p := range list {
		out = append(out, &security.Rule_To{Operation: &security.Operation{Paths: p.in, NotPaths: p.not}})
	}
	return out
}
