package flow

import (
	"net/netip"
	"strings"
)

// RemoteAddress is the client's address as the proxy makes it out: a sidecar believes the last entry of X-Forwarded-For, a gateway the
// one that its number of trusted proxies points at, and without any the connection itself
// (envoy: source/common/http/conn_manager_utility.cc).
func (f Flow) RemoteAddress() netip.Addr {
	switch {
	case f.Chain != nil, f.RemoteSet:
		return f.Remote
	case !f.L7:
		return f.Wire.Source
	}
	return f.ForwardedFor(1)
}

// UnknownAddress stands in X-Forwarded-For for a client whose address nobody told.
const UnknownAddress = "unknown"

// ForwardedFor is the entry of X-Forwarded-For that is so many places from its end, else the connection's own address
// (envoy: source/common/http/utility.cc, getLastAddressFromXFF).
func (f Flow) ForwardedFor(back int) netip.Addr {
	var entries []string
	for _, line := range f.Message.Headers.Values("x-forwarded-for") {
		for _, e := range strings.Split(line, ",") {
			entries = append(entries, strings.TrimSpace(e))
		}
	}
	if len(entries) < back {
		return f.Wire.Source
	}
	e := entries[len(entries)-back]
	if e == UnknownAddress {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(e); err == nil {
		return a
	}
	return f.Wire.Source
}
