package matching

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Text compares a text with a StringMatcher (envoy.type.matcher.v3).
func Text(m message.Message, got string) evidence.Tri {
	fold := m.Flag("ignore_case")
	at := func(field string) string {
		if fold {
			return strings.ToLower(m.Text(field))
		}
		return m.Text(field)
	}
	if fold {
		got = strings.ToLower(got)
	}
	switch {
	case m.Has("exact"):
		return evidence.Of(got == at("exact"))
	case m.Has("prefix"):
		return evidence.Of(strings.HasPrefix(got, at("prefix")))
	case m.Has("suffix"):
		return evidence.Of(strings.HasSuffix(got, at("suffix")))
	case m.Has("contains"):
		return evidence.Of(strings.Contains(got, at("contains")))
	case m.Has("safe_regex"):
		return full(m.At("safe_regex").Text("regex"), got)
	}
	return evidence.Unknown
}

// full compares all of a text with an expression.
func full(expr, got string) evidence.Tri {
	e := envoy.ParseExpression(expr)
	is, known := e.Full(got)
	return evidence.Known(is, known && !e.Refused())
}

// Header compares a request with a HeaderMatcher (envoy.config.route.v3). Several lines of a header are compared as one value.
func Header(m message.Message, r *Request) evidence.Tri {
	lines, known := r.Header(m.Text("name"))
	if !known {
		return evidence.Unknown
	}
	is := header(m, lines)
	if m.Flag("invert_match") && !missing(m, lines) {
		return is.Not()
	}
	return is
}

// missing reports whether a condition asks for more than the presence of a header that is not there: it does not hold then, inverted or
// not.
func missing(m message.Message, lines []string) bool {
	return len(lines) == 0 && !m.Has("present_match") && !m.Flag("treat_missing_header_as_empty")
}

func header(m message.Message, lines []string) evidence.Tri {
	if m.Has("present_match") {
		return evidence.Of((len(lines) > 0) == m.Flag("present_match"))
	}
	if missing(m, lines) {
		return evidence.False
	}
	got := strings.Join(lines, ",")
	switch {
	case m.Has("string_match"):
		return Text(m.At("string_match"), got)
	case m.Has("exact_match"):
		return evidence.Of(got == m.Text("exact_match"))
	case m.Has("prefix_match"):
		return evidence.Of(strings.HasPrefix(got, m.Text("prefix_match")))
	case m.Has("suffix_match"):
		return evidence.Of(strings.HasSuffix(got, m.Text("suffix_match")))
	case m.Has("contains_match"):
		return evidence.Of(strings.Contains(got, m.Text("contains_match")))
	case m.Has("safe_regex_match"):
		return full(m.At("safe_regex_match").Text("regex"), got)
	case m.Has("range_match"):
		n, err := strconv.ParseFloat(got, 64)
		from, _ := m.At("range_match").Number("start")
		to, _ := m.At("range_match").Number("end")
		return evidence.Of(err == nil && n >= from && n < to)
	}
	return evidence.Of(len(lines) > 0) // without a condition: presence
}

// Headers compares a request with all of a list of HeaderMatchers.
func Headers(list []message.Message, r *Request) evidence.Tri {
	out := evidence.True
	for _, m := range list {
		out = evidence.And(out, Header(m, r))
	}
	return out
}

// Address compares an address with a CidrRange (envoy.config.core.v3).
func Address(m message.Message, got netip.Addr) evidence.Tri {
	ip, err := netip.ParseAddr(m.Text("address_prefix"))
	bits, _ := m.Number("prefix_len")
	if err != nil {
		return evidence.Unknown
	}
	p, err := ip.Prefix(int(bits))
	switch {
	case err != nil:
		return evidence.Unknown
	case bits == 0 && got.IsValid():
		return evidence.Of(got.Is4() == ip.Is4())
	case !got.IsValid():
		return evidence.Unknown
	}
	return evidence.Of(p.Contains(got))
}

// Share is the part of requests that a RuntimeFractionalPercent or a FractionalPercent names, 0 where there is none. Runtime keys are not
// looked at: nothing in a mesh sets them.
func Share(m message.Message) float64 {
	if m.Has("default_value") {
		m = m.At("default_value")
	}
	n, _ := m.Number("numerator")
	of := 100.0
	switch m.Text("denominator") {
	case "TEN_THOUSAND":
		of = 1e4
	case "MILLION":
		of = 1e6
	}
	return min(1, n/of)
}

// anyOf reports whether any of a list's members holds, allOf whether all do.
func anyOf(list []message.Message, is func(message.Message) evidence.Tri) evidence.Tri {
	out := evidence.False
	for _, m := range list {
		out = evidence.Or(out, is(m))
	}
	return out
}

func allOf(list []message.Message, is func(message.Message) evidence.Tri) evidence.Tri {
	out := evidence.True
	for _, m := range list {
		out = evidence.And(out, is(m))
	}
	return out
}

// only reports whether a message has no fields but these.
func only(m message.Message, fields ...string) bool {
	return !slices.ContainsFunc(m.Fields(), func(f string) bool { return !slices.Contains(fields, f) })
}
