package explain

import (
	"strconv"
	"strings"
	"time"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// request echoes the question, without its secrets.
func request(s *mesh.Snapshot, q *flow.Request, o Options, r *redactor) Request {
	out := Request{Source: Source{Kind: "Outside"}, URL: address(q), Method: q.Method, Via: o.Via}
	if q.Kubelet {
		out.Source.Kind = "Kubelet"
	}
	if q.Source != nil {
		out.Source = Source{Kind: string(mesh.PodRef(q.Source).Kind), Namespace: q.Source.Namespace, Name: q.Source.Name, ServiceAccount: mesh.ServiceAccountOf(q.Source)}
	}
	if q.SourceIP.IsValid() {
		out.SourceIP = q.SourceIP.String()
	}
	if q.Authority != authority(q) {
		out.Host = q.Authority
	}
	switch {
	case q.HTTP10:
		out.Protocol = "HTTP/1.0"
	case q.HTTP2:
		out.Protocol = "HTTP/2"
	}
	for _, h := range q.Headers {
		if out.Headers == nil {
			out.Headers = map[string][]string{}
		}
		out.Headers[h.Name] = append(out.Headers[h.Name], r.Header(h.Name, h.Value))
	}
	out.Token = token(s, q)
	if q.Raw() {
		out.Method = ""
	}
	return out
}

// address is the question's URL.
func address(q *flow.Request) string {
	path := q.Path
	if q.Raw() {
		path = ""
	}
	return q.Scheme + "://" + authority(q) + path
}

func authority(q *flow.Request) string {
	host := q.Host
	if q.Scheme == "http" && q.Port == 80 || q.Scheme == "https" && q.Port == 443 {
		return host
	}
	return host + ":" + strconv.Itoa(q.Port)
}

// token tells of the bearer token what may be told. A token in a header in which nobody looks for one is not taken apart, and whom it was
// issued to is told only where a RequestAuthentication reads it there: request principals, which policies compare, are made of that.
func token(s *mesh.Snapshot, q *flow.Request) *Token {
	rules := rulesOf(s)
	for _, h := range q.Headers {
		for _, found := range redact.Find(h.Value) {
			t, status := jwtauthn.ParseToken(found)
			if status != jwtauthn.OK {
				continue
			}
			read := false // by a rule for tokens of its issuer
			looked := strings.EqualFold(h.Name, "authorization")
			for _, rule := range rules {
				if jwtauthn.LooksInto(rule, h.Name) {
					looked, read = true, read || rule.Issuer == t.Issuer || rule.Issuer == ""
				}
			}
			switch {
			case looked && read:
				return &Token{Issuer: t.Issuer, Subject: t.Subject, Audiences: t.Audience, Expires: expiry(t)}
			case looked:
				return &Token{Issuer: t.Issuer, Audiences: t.Audience, Expires: expiry(t)}
			}
		}
	}
	return nil
}

// rulesOf are the rules of all RequestAuthentications that were read.
func rulesOf(s *mesh.Snapshot) (out []*security.JWTRule) {
	policies, _ := s.RequestAuthentications.All()
	for _, p := range policies {
		out = append(out, p.Spec.JwtRules...)
	}
	return out
}

// expiry is when a token expires, as RFC 3339 can say it: its years have four digits, and a token's number of seconds has any.
func expiry(t *jwtauthn.Token) *time.Time {
	when, ok := t.Expiry()
	if !ok {
		return nil
	}
	if latest := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC); when.After(latest) {
		when = latest
	}
	return &when
}
