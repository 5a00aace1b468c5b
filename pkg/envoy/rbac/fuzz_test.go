package rbac

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

var zeros = regexp.MustCompile(`/0\d`)

// go test ./pkg/envoy/rbac -run '^$' -fuzz FuzzMatchAddresses
func FuzzMatchAddresses(f *testing.F) {
	for _, values := range []string{"", "10.0.0.0/8", "10.1.2.3", "::1", "10.0.0.0/8,::/0", "a", "10.0.0.0/33,10.1.2.3", "0.0.0.0/0", "10.1.2.3/8"} {
		for _, ip := range []string{"10.1.2.3", "::1", "8.8.8.8"} {
			f.Add(values, ip)
		}
	}
	f.Fuzz(func(t *testing.T, list, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil || strings.ContainsAny(list+text, "%fF") {
			return // zones, and IPv4 within IPv6, which package net takes for IPv4
		}
		if zeros.MatchString(list) {
			return // 10.0.0.0/08, which package net takes, and Istio does not
		}
		want, bad := false, false
		for _, v := range strings.Split(list, ",") {
			if _, block, err := net.ParseCIDR(v); err == nil {
				want = want || block.Contains(net.ParseIP(text))
			} else if one := net.ParseIP(v); one != nil {
				want = want || one.Equal(net.ParseIP(text))
			} else {
				bad = true
			}
		}
		values := strings.Split(list, ",")
		got, is := addresses(func(s *Subject) netip.Addr { return s.Direct })(nil, values, Writer{})(&Subject{Direct: ip})
		invalid := slices.ContainsFunc(values, func(v string) bool { return !isAddress(v) })
		if got != ip.String() || is != evidence.Of(want) || invalid != bad {
			t.Errorf("%s in %q: %v (%q, invalid %v), want %v (invalid %v)", text, list, is, got, invalid, want, bad)
		}
	})
}

// go test ./pkg/envoy/rbac -run '^$' -fuzz FuzzIdentities
func FuzzIdentities(f *testing.F) {
	for _, v := range []string{"foo", "f*", "*", "*oo", "f*o", "", "f.o", "foo,bar"} {
		for _, p := range []string{"", "spiffe://cluster.local/ns/foo/sa/sleep", "spiffe://cluster.local/ns/fo/sa/a", "spiffe://td/ns/bar/sa/foo"} {
			f.Add(v, p)
		}
	}
	f.Fuzz(func(t *testing.T, list, principal string) {
		if !utf8.ValidString(list) || !utf8.ValidString(principal) || strings.ContainsAny(list+principal, "\n") {
			return // neither namespaces nor identities are such
		}
		want := false
		for _, v := range strings.Split(list, ",") {
			want = want || glob("*/ns/"+v+"/*", principal)
		}
		_, is := namespaces(nil, strings.Split(list, ","), Writer{Release: release.Newest})(&Subject{Principal: principal})
		if is != evidence.Of(want) {
			t.Errorf("%q is in %q: %v, want %v", principal, list, is, want)
		}
	})
}

// glob is a text with stars for anything, as Istio writes it: a regular expression, its pieces quoted.
func glob(pattern, s string) bool {
	pieces := strings.Split(pattern, "*")
	for i, p := range pieces {
		pieces[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`\A(?:` + strings.Join(pieces, ".*") + `)\z`).MatchString(s)
}
