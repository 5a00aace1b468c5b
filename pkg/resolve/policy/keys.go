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

// keys are the keys of a rule: those that it holds; the placeholder, where fetching must fail; those that were given to stand for all that
// would have to be fetched. Otherwise they are not known. What was given does not help where istiod cannot have got it.
func (v *verification) keys(r jwtRule) (*jwtauthn.Keys, bool) {
	if r.Jwks != "" {
		keys, _ := jwtauthn.CachedKeys(r.Jwks)
		return keys, true
	}
	uri := KeysAt(r.JWTRule)
	given := v.given(uri)
	switch {
	case v.barred(uri):
		return placeholder(), true
	case given != nil:
		return given, true
	}
	return nil, false
}

// given is the key set that stands for an address; nil for none.
func (v *verification) given(uri string) *jwtauthn.Keys {
	if k := v.f.Request.Keys; k != nil {
		return k
	}
	return v.f.Request.Fetched[uri]
}

// barred reports whether istiod cannot have got the key set at an address. Who gives a key set knows better than a name that only looks like one
// at which nobody answers.
func (v *verification) barred(uri string) bool {
	b := v.barrier(uri)
	return b.certain || b.code != "" && v.given(uri) == nil
}

// KeysAt is the address that istiod fetches the keys of a rule from: its jwksUri, or where the issuer describes itself.
func KeysAt(r *security.JWTRule) string {
	if r.JwksUri != "" {
		return r.JwksUri
	}
	return strings.TrimSuffix(r.Issuer, "/") + jwtauthn.WellKnown
}

// barrier is why istiod cannot have got a key set.
type barrier struct {
	code    flow.Note // empty where it may have
	args    []string
	by      []flow.Responsible
	certain bool // the resources show it; else the name only looks like one that nobody answers at
}

// barrier tells addresses from which istiod cannot have got a key set: no address at all, its own loopback, a name that is reserved for
// examples, or a place in the mesh that refuses a client without a sidecar, which istiod is.
func (v *verification) barrier(uri string) barrier {
	if b, ok := v.barriersOf[uri]; ok {
		return b
	}
	b := v.findBarrier(uri)
	if v.barriersOf == nil {
		v.barriersOf = map[string]barrier{}
	}
	v.barriersOf[uri] = b
	return b
}

func (v *verification) findBarrier(uri string) barrier {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return barrier{code: flow.NoteKeysNoAddress, certain: true}
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() || host == "localhost" {
		return barrier{code: flow.NoteKeysLoopback, certain: true}
	}
	if dns.Keyless(host) {
		return barrier{code: flow.NoteKeysReserved, args: []string{host}}
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
		return barrier{}
	}
	if !found {
		// What has no dot may be a name that istiod's node resolves.
		return barrier{code: flow.NoteKeysNoService, args: []string{host}, certain: strings.Contains(host, ".")}
	}
	if !targets[0].IP.IsValid() || v.f.Request.Depth > 1 {
		return barrier{}
	}
	istiod := &flow.Request{Scheme: u.Scheme, Host: host, Port: port, Authority: u.Host, Method: "GET", Path: u.RequestURI(), Now: v.f.Request.Now, Insecure: true,
		Via: &flow.Via{Name: targets[0].IP.String(), Port: port}, Depth: v.f.Request.Depth + 1}
	return refusing(v.answer(v.s, istiod))
}

// refusing is the barrier that a verdict on istiod's own request shows; none where it may get through.
func refusing(d flow.Verdict) barrier {
	if !d.Settled || len(d.Outcomes) == 0 {
		return barrier{}
	}
	for _, o := range d.Outcomes {
		if o.Kind == flow.Reaches {
			return barrier{}
		}
	}
	o := d.Outcomes[0]
	b := barrier{code: flow.NoteKeysRefused, args: []string{string(o.Reason)}, certain: true}
	if o.Reason == flow.PlaintextRefused {
		b.code, b.args = flow.NoteKeysPlaintext, nil
	}
	for _, r := range o.By {
		if r.Role == flow.Cause {
			b.by = append(b.by, r)
		}
	}
	if len(b.by) > 0 {
		b.args = append(b.args, b.by[0].Ref.String())
	}
	return b
}
