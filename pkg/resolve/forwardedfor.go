package resolve

import (
	"net/netip"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// takeIn is the request behind the gateway's listener: the TLS that it took off, and the headers that it sets of itself.
func (f Flow) takeIn(s *mesh.Snapshot, c *precedence.GatewayChain) Flow {
	scheme := "http"
	if c.Secure {
		scheme = "https"
		if f.Wire.Transport == IstioMutual && c.Server().Server.Tls.Mode == networking.ServerTLSSettings_ISTIO_MUTUAL {
			f.Principal = f.Wire.Principal
		}
		if f.Wire.Transport == Plaintext {
			f.Message.Scheme = "https-terminated"
		}
	}
	f.Sealed = !c.Secure && f.Wire.Transport != Plaintext
	f.L7 = c.HTTP
	if !c.HTTP {
		f.L4 = &precedence.Chain{To: c.To, From: c.From}
		f.Remote = f.Wire.Source
		return f
	}
	trusted := int(s.Config.Proto.GetDefaultConfig().GetGatewayTopology().GetNumTrustedProxies())
	if own := mesh.ProxyConfigOf(f.Pod).GetGatewayTopology(); own != nil {
		trusted = int(own.NumTrustedProxies)
	}
	f.Remote = f.Wire.Source
	if trusted > 0 {
		f.Remote = f.forwardedFor(trusted)
	}
	source := unknownAddress
	if f.Wire.Source.IsValid() {
		source = f.Wire.Source.String()
	}
	if lines := f.Message.Headers.Values("x-forwarded-for"); len(lines) > 0 {
		source = strings.Join(lines, ",") + "," + source
	}
	f.Message.Headers = f.Message.Headers.Set("x-forwarded-for", source)
	if _, has := f.Message.Headers.Get("x-forwarded-proto"); !has || trusted == 0 {
		f.Message.Headers = f.Message.Headers.Set("x-forwarded-proto", scheme)
	}
	return f
}

// unknownAddress stands in X-Forwarded-For for a client whose address nobody told.
const unknownAddress = "unknown"

// forwardedFor is the entry of X-Forwarded-For that is so many places from its end, else the connection's own address
// (envoy: source/common/http/utility.cc, getLastAddressFromXFF).
func (f Flow) forwardedFor(back int) netip.Addr {
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
	if e == unknownAddress {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(e); err == nil {
		return a
	}
	return f.Wire.Source
}
