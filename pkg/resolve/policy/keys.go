package policy

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// placeholder is what istiod gives the proxies where it cannot fetch a key set: a key that no token is signed with, so that every token
// fails (pilot/pkg/model/jwks_resolver.go).
var placeholder = sync.OnceValue(func() *jwtauthn.Keys {
	// A modulus of 2048 bits that belongs to nobody.
	keys, _ := jwtauthn.ParseKeys(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 341) + `w"}]}`)
	return keys
})

// keys are the keys of a rule: those that it holds, those that were given to stand for all that would have to be fetched, or, where
// fetching must fail, the placeholder. Otherwise they are not known.
func (v *verification) keys(r jwtRule) (*jwtauthn.Keys, bool) {
	if r.Jwks != "" {
		keys, _ := jwtauthn.CachedKeys(r.Jwks)
		return keys, true
	}
	if v.f.Request.Keys != nil {
		return v.f.Request.Keys, true
	}
	uri := KeysAt(r.JWTRule)
	if keys := v.f.Request.Fetched[uri]; keys != nil {
		return keys, true
	}
	if v.unreachable(uri) {
		return placeholder(), true
	}
	return nil, false
}

// KeysAt is the address that istiod fetches the keys of a rule from: its jwksUri, or where the issuer describes itself.
func KeysAt(r *security.JWTRule) string {
	if r.JwksUri != "" {
		return r.JwksUri
	}
	return strings.TrimSuffix(r.Issuer, "/") + jwtauthn.WellKnown
}

// unreachable tells addresses from which istiod cannot have got a key set: no address at all, its own loopback, a name that is reserved
// for examples, or a place in the mesh that refuses a client without a sidecar, which istiod is.
func (v *verification) unreachable(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return true
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() || host == "localhost" || dns.Keyless(host) {
		return true
	}
	port := 80
	if u.Scheme == "https" {
		port = 443
	}
	if p, err := strconv.Atoi(u.Port()); err == nil {
		port = p
	}
	targets, found, gaps := dns.Lookup(v.s, v.s.Config.RootNamespace, false, host, port)
	if len(gaps) > 0 {
		return false
	}
	if !found {
		return true
	}
	if !targets[0].IP.IsValid() || v.f.Request.Depth > 1 {
		return false
	}
	istiod := &flow.Request{Scheme: u.Scheme, Host: host, Port: port, Authority: u.Host, Method: "GET", Path: u.RequestURI(), Now: v.f.Request.Now, Insecure: true,
		Via: &flow.Via{Name: targets[0].IP.String(), Port: port}, Depth: v.f.Request.Depth + 1}
	d := v.answer(v.s, istiod)
	for _, o := range d.Outcomes {
		if o.Kind == flow.Reaches {
			return false
		}
	}
	return d.Settled
}
