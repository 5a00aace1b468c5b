package legacy

import (
	"slices"
	"strings"
)

// paths is what an operation says of a request's path: one of in (any path if empty), and none of not.
type paths struct{ in, not []string }

// triggers translates the trigger rules of a token into paths for which it is asked: one of several. always tells that it is asked
// for on every path. A rule holds if no excluded path fits, and an included one does if there are any (src/envoy/http/authn/authn_utils.cc,
// matchRule). What has no equivalent makes the token to be asked for on more paths.
func (j *jwt) triggers() (list []paths, always bool, notSame []string) {
	if len(j.TriggerRules) == 0 {
		return nil, true, nil
	}
	for _, r := range j.TriggerRules {
		p, all := paths{}, len(r.IncludedPaths) == 0
		for _, m := range r.IncludedPaths {
			switch v, ok := m.pattern(); {
			case !ok:
				all = true
				note(&notSame, noPattern(m, "is asked for on every path"))
			case v != "":
				p.in = append(p.in, v)
			}
		}
		for _, m := range r.ExcludedPaths {
			switch v, ok := m.pattern(); {
			case !ok:
				note(&notSame, noPattern(m, "is asked for on those paths too"))
			case v != "":
				p.not = append(p.not, v)
			}
		}
		if all {
			p.in = nil
		}
		if !all && len(p.in) == 0 || slices.Contains(p.not, "*") {
			continue // a rule that holds for no path
		}
		if slices.Contains(p.in, "*") {
			p.in = nil
		}
		if len(p.in)+len(p.not) == 0 {
			return nil, true, notSame
		}
		list = append(list, p)
	}
	return list, false, notSame
}

// pattern writes a match as the paths of an AuthorizationPolicy do; empty for one that fits nothing. ok is false where it cannot be said.
func (m stringMatch) pattern() (v string, ok bool) {
	text := ""
	switch {
	case m.Exact != nil:
		text = *m.Exact
		v = text
	case m.Prefix != nil:
		text = *m.Prefix
		v = text + "*"
	case m.Suffix != nil:
		text = *m.Suffix
		v = "*" + text
	case m.Regex != nil:
		return regexPattern(*m.Regex)
	}
	// A star of the path itself would be read as a pattern.
	return v, !strings.Contains(text, "*")
}

// regexPattern writes those regular expressions that are an exact text, a prefix or a suffix in disguise. They match the whole path.
func regexPattern(re string) (v string, ok bool) {
	re = strings.TrimSuffix(strings.TrimPrefix(re, "^"), "$")
	if re == ".*" {
		return "*", true
	}
	text, head := strings.CutPrefix(re, ".*")
	text, tail := strings.CutSuffix(text, ".*")
	text, ok = literal(text)
	switch {
	case !ok || head && tail:
		return "", false
	case head:
		return "*" + text, true
	case tail:
		return text + "*", true
	}
	return text, true
}

// literal takes the backslashes from a regular expression that has no other operators.
func literal(re string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(re); i++ {
		switch c := re[i]; {
		case c == '\\' && i+1 < len(re) && strings.IndexByte(".-/+?()[]|^$", re[i+1]) >= 0:
			i++
			out.WriteByte(re[i])
		case strings.IndexByte(`\.+?*()[]{}|^$`, c) >= 0:
			return "", false
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), true
}
