package gateway

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// presumedTopology is what an answer takes for granted that may rest on which entry of the client's own X-Forwarded-For the gateway trusts.
func presumedTopology(f flow.Flow, s *mesh.Snapshot, c *gateway.Chain) []flow.Presumption {
	if !c.HTTP || mesh.ProxyConfigOf(f.Pod).GetGatewayTopology() != nil || len(f.Message.Headers.Values("x-forwarded-for")) == 0 {
		return nil
	}
	return flow.DefaultOf(s.Config, "defaultConfig.gatewayTopology.numTrustedProxies", "0")
}

// takeIn is the request behind the gateway's listener: the TLS that it took off, and the headers that it sets of itself.
func takeIn(f flow.Flow, s *mesh.Snapshot, c *gateway.Chain) flow.Flow {
	scheme := "http"
	if c.Secure {
		scheme = "https"
		if f.Wire.Transport == flow.IstioMutual && c.Server().Server.Tls.Mode == networking.ServerTLSSettings_ISTIO_MUTUAL {
			f.Principal = f.Wire.Principal
		}
		if f.Wire.Transport == flow.Plaintext {
			f.Message.Decrypted = true
		}
	}
	f.TLSPassthrough = !c.Secure && f.Wire.Transport != flow.Plaintext
	f.L7 = c.HTTP
	if !c.HTTP {
		f.L4 = &routing.Chain{To: c.To, From: c.From}
		f.Remote = f.Wire.Source
		return f
	}
	f.Remote = f.Wire.Source
	trusted := s.Config.TrustedProxies(f.Pod)
	if trusted > 0 {
		f.Remote = f.ForwardedFor(trusted)
	}
	source := flow.UnknownAddress
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
