package ztunnel

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Connection is what ztunnel knows of a connection to a pod.
type Connection struct {
	Peer        string     // SPIFFE identity in the peer's certificate; empty for plaintext
	Source      netip.Addr // of the peer; the zero Addr where it is not known
	Destination netip.Addr // the pod's
	Port        int        // the pod's
}

// Holds reports whether a condition holds, and what of the connection it was compared with; it is not known where that is not.
func (c *Condition) Holds(x Connection) (got string, is, known bool) {
	got, any, known := c.Matches(x)
	return got, any != c.Not, known
}

// Matches reports whether any of the values matches, whether the condition is negated or not.
func (c *Condition) Matches(x Connection) (got string, any, known bool) {
	namespace, account := identity(x.Peer)
	switch c.Of {
	case Principal:
		// The comparison takes the scheme off, and fails without it: no identity matches no value, not even a star.
		bare, spiffe := strings.CutPrefix(x.Peer, "spiffe://")
		return bare, spiffe && slices.ContainsFunc(c.Values, func(v string) bool { return matches(v, bare) }), true
	case Namespace:
		return namespace, slices.ContainsFunc(c.Values, func(v string) bool { return matches(v, namespace) }), true
	case ServiceAccount:
		return account, account != "" && slices.Contains(c.Values, account), true
	case DestinationPort:
		return strconv.Itoa(x.Port), slices.ContainsFunc(c.Values, func(v string) bool { n, _ := strconv.Atoi(v); return n == x.Port }), true
	case DestinationIP:
		return x.Destination.String(), within(c.Values, x.Destination), x.Destination.IsValid()
	}
	if !x.Source.IsValid() {
		anything := slices.ContainsFunc(c.Values, func(v string) bool { p, err := netip.ParsePrefix(v); return err == nil && p.Bits() == 0 })
		return "", anything, anything
	}
	return x.Source.String(), within(c.Values, x.Source), true
}

// matches compares a text with a value: exact, PREFIX*, *SUFFIX, or * for any text but the empty one (authorization.go, stringToMatch).
func matches(value, text string) bool {
	switch {
	case value == "*":
		return text != ""
	case strings.HasPrefix(value, "*"):
		return strings.HasSuffix(text, value[1:])
	case strings.HasSuffix(value, "*"):
		return strings.HasPrefix(text, value[:len(value)-1])
	}
	return value == text
}

// identity takes a SPIFFE identity apart: its namespace, and namespace/account.
func identity(peer string) (namespace, account string) {
	_, rest, ok := strings.Cut(strings.TrimPrefix(peer, "spiffe://"), "/ns/")
	if !ok {
		return "", ""
	}
	namespace, name, ok := strings.Cut(rest, "/sa/")
	if !ok {
		return "", ""
	}
	return namespace, namespace + "/" + name
}

func within(values []string, ip netip.Addr) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		if p, err := netip.ParsePrefix(v); err == nil {
			return p.Contains(ip)
		}
		a, err := netip.ParseAddr(v)
		return err == nil && a == ip
	})
}
