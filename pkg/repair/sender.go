package repair

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// supply sends what the nearest rule asks for and the request has not got: a token, or a header.
func (i *incident) supply() []Change {
	if i.o.At == nil {
		return nil
	}
	var wanted [][]evidence.Check
	for _, r := range i.nearRules() {
		wanted = append(wanted, r.failing)
	}
	if i.o.Reason == flow.RBACDenyMatched {
		for _, c := range i.o.At.Candidates {
			if c.Matches == evidence.True {
				wanted = append(wanted, slices.DeleteFunc(slices.Clone(c.Checks), func(x evidence.Check) bool {
					return x.Is != evidence.True || x.Got != "" && !ofClaims(x) || !negated(x)
				}))
			}
		}
	}
	var out []Change
	for _, failing := range wanted {
		if c, ok := i.supplied(failing); ok {
			out = append(out, c)
		}
	}
	return out[:min(len(out), 2)]
}

// supplied sends what comparisons ask for; it is not ok where more is missing than what can be sent.
func (i *incident) supplied(failing []evidence.Check) (Change, bool) {
	headers, token := map[string]string{}, false
	for _, c := range failing {
		switch subjectOf(c) {
		case ofToken:
			if len(i.prefixed()) > 0 {
				return Change{}, false // it is there, and lacks the prefix alone
			}
			token = token || c.Got == "" || ofClaims(c)
		case ofHeader:
			if want := sample(c.Want); want != "" && !negated(c) {
				headers[headerOf(c.Key)] = want
			}
		default:
			return Change{}, false
		}
	}
	return i.send(token, headers, failing)
}

// ofClaims reports whether a comparison is of a token's claims, or of a request principal that a claim is missing for: a token with other
// claims would do.
func ofClaims(c evidence.Check) bool {
	return strings.HasPrefix(c.Key, "request.auth.claims[") || c.Key == "request.auth.audiences" || halfPrincipal(c)
}

// halfPrincipal reports whether the token has an issuer and no subject, or the other way round: it has no request principal then.
func halfPrincipal(c evidence.Check) bool {
	return strings.HasSuffix(strings.ToLower(c.Field), "requestprincipals") && (strings.HasSuffix(c.Got, "/") || strings.HasPrefix(c.Got, "/"))
}

// claimsOf names the claims that comparisons ask of a token, as they stand in it.
func claimsOf(failing []evidence.Check) string {
	var out []string
	for _, c := range failing {
		name := ""
		switch {
		case c.Key == "request.auth.audiences":
			name = "aud"
		case strings.HasPrefix(c.Key, "request.auth.claims["):
			name = strings.ReplaceAll(strings.Trim(strings.TrimPrefix(c.Key, "request.auth.claims"), "[]"), "][", ".")
		case halfPrincipal(c) && strings.HasPrefix(c.Got, "/"):
			out = append(out, "iss")
		case halfPrincipal(c):
			out = append(out, "sub")
		}
		if name != "" && !slices.Contains(c.Want, "*") {
			const few = 3
			name += ": " + strings.Join(c.Want[:min(few, len(c.Want))], " or ")
		}
		if name != "" && name != "iss" { // the issuer is told anyway
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// anyValue stands for a value where all will do.
const anyValue = "any"

// sample is a value that a list of wanted ones lets through.
func sample(want []string) string {
	for _, w := range want {
		if w == "*" {
			return anyValue
		}
		if w = strings.Trim(w, "*"); w != "" {
			return w
		}
	}
	return ""
}

// send is the request with a header, or with a token of the issuer that the server's rules read.
func (i *incident) send(token bool, headers map[string]string, failing []evidence.Check) (Change, bool) {
	q := *i.q
	c := Change{Sender: true, Request: &q}
	switch {
	case token && len(headers) == 0:
		rule, ok := i.tokenRule(failing)
		if !ok {
			return Change{}, false
		}
		c.Code, c.Args = "NextSendToken", []string{rule.Issuer, places(rule)}
		if claims := claimsOf(failing); claims != "" {
			c.Code, c.Args = "NextSendClaims", []string{rule.Issuer, claims, places(rule)}
		}
		c.probe = withoutKeys
		q.AssumeJWTValid, q.Keys, q.Fetched = true, nil, nil
		carry(&q, rule, unsigned(i.q, rule, failing))
	case !token && len(headers) == 1:
		for name, want := range headers {
			c.Code, c.Args = "NextSendHeader", []string{name, wanted(failing)}
			q.Headers = q.Headers.Set(name, want)
		}
	default:
		return Change{}, false
	}
	return c, true
}

// forward keeps the token that a gateway verified: without forwardOriginalToken it is gone behind it (Istio: RequestAuthentication,
// JWTRule.forwardOriginalToken).
func (i *incident) forward() []Change {
	if i.o.At == nil || !lackingIn(i.o.At).Token {
		return nil
	}
	var out []Change
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		if r.Note != flow.NoteTokenVerified || r.Resource.IsZero() || len(out) > 0 {
			return
		}
		at, _, ok := indexed(strings.TrimPrefix(r.Resource.Field, "spec.jwtRules"))
		p, found, _ := i.s.RequestAuthentications.Get(r.Resource.Namespace, r.Resource.Name)
		if !ok || !found || at >= len(p.Spec.JwtRules) || p.Spec.JwtRules[at].ForwardOriginalToken {
			return
		}
		c := p.DeepCopy()
		c.Spec.JwtRules[at].ForwardOriginalToken = true
		out = append(out, Change{Code: "NextForwardToken", Args: []string{r.Resource.String()}, Objects: []metav1.Object{c}})
	})
	return out
}

// carry puts a token where a rule looks for it.
func carry(q *flow.Request, rule *security.JWTRule, token string) {
	switch {
	case len(rule.FromHeaders) > 0:
		h := rule.FromHeaders[0]
		q.Headers = q.Headers.Set(h.Name, h.Prefix+token)
	case len(rule.FromParams) > 0:
		sep := "?"
		if strings.Contains(q.Path, "?") {
			sep = "&"
		}
		q.Path += sep + rule.FromParams[0] + "=" + token
	case len(rule.FromCookies) > 0:
		q.Headers = q.Headers.Add("cookie", rule.FromCookies[0]+"="+token)
	default:
		q.Headers = q.Headers.Set("authorization", "Bearer "+token)
	}
}

// wanted lists the values that a rule takes; of patterns it is the one value that is tried.
func wanted(failing []evidence.Check) string {
	const few = 3
	list := failing[0].Want
	if slices.ContainsFunc(list, func(v string) bool { return strings.Contains(v, "*") }) {
		return sample(list)
	}
	if len(list) > few {
		return strings.Join(list[:few], ", ") + ", ..."
	}
	return strings.Join(list, ", ")
}

// tokenRule is the first rule of a RequestAuthentication that the proxy has, of the issuer that the policy wants, if it names one.
func (i *incident) tokenRule(failing []evidence.Check) (*security.JWTRule, bool) {
	var rules []*security.JWTRule
	i.root.Each(func(_ *flow.Node, r *flow.Result) {
		for _, c := range r.Candidates {
			p, ok, _ := i.s.RequestAuthentications.Get(c.Ref.Namespace, c.Ref.Name)
			if c.Ref.Kind != mesh.RequestAuthentication || !ok {
				continue
			}
			for _, rule := range p.Spec.JwtRules {
				if !slices.Contains(rules, rule) {
					rules = append(rules, rule)
				}
			}
		}
	})
	for _, rule := range rules {
		for _, c := range failing {
			for _, w := range c.Want {
				if w == "*" || strings.HasPrefix(w, rule.Issuer+"/") || w == rule.Issuer || !strings.HasSuffix(c.Field, "requestPrincipals") {
					return rule, true
				}
			}
		}
	}
	return nil, false
}

// places says where a rule looks for tokens.
func places(r *security.JWTRule) string {
	var out []string
	for _, h := range r.FromHeaders {
		out = append(out, strings.TrimSpace("header "+h.Name+" "+strings.TrimSpace(h.Prefix)))
	}
	for _, p := range r.FromParams {
		out = append(out, "parameter "+p)
	}
	for _, c := range r.FromCookies {
		out = append(out, "cookie "+c)
	}
	if len(out) == 0 {
		return "header Authorization: Bearer"
	}
	return strings.Join(out, ", ")
}

// unsigned is a token that a rule reads, for trying alone: nobody signed it.
func unsigned(q *flow.Request, rule *security.JWTRule, failing []evidence.Check) string {
	claims := map[string]any{"iss": rule.Issuer, "sub": "subject"}
	if len(rule.Audiences) > 0 {
		claims["aud"] = rule.Audiences[0]
	}
	if !q.Now.IsZero() {
		const valid = 3600
		claims["exp"] = q.Now.Unix() + valid
	}
	for _, c := range failing {
		switch {
		case strings.HasSuffix(c.Field, "requestPrincipals"):
			if _, sub, ok := strings.Cut(strings.TrimPrefix(sample(c.Want), rule.Issuer), "/"); ok && sub != "" && strings.HasPrefix(sample(c.Want), rule.Issuer) {
				claims["sub"] = sub
			}
		case strings.HasPrefix(c.Key, "request.auth.claims["):
			nested(claims, strings.Split(strings.Trim(strings.TrimPrefix(c.Key, "request.auth.claims"), "[]"), "]["), sample(c.Want))
		case c.Key == "request.auth.audiences":
			claims["aud"] = append(slices.Clone(rule.Audiences), sample(c.Want))
		}
	}
	encode := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			return "" // maps of strings always marshal
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return encode(map[string]any{"alg": "RS256"}) + "." + encode(claims) + "." + base64.RawURLEncoding.EncodeToString([]byte("nobody"))
}

func nested(claims map[string]any, names []string, value string) {
	for _, n := range names[:len(names)-1] {
		inner, ok := claims[n].(map[string]any)
		if !ok {
			inner = map[string]any{}
			claims[n] = inner
		}
		claims = inner
	}
	last := names[len(names)-1]
	if _, has := claims[last]; has && value == anyValue {
		return
	}
	claims[last] = value
}

// withoutKeys is the mesh with rules that would have to fetch their keys from somewhere outside, so that a token which nobody signed can be
// taken for good.
func withoutKeys(s *mesh.Snapshot) *mesh.Snapshot {
	var changed []metav1.Object
	all, _ := s.RequestAuthentications.All()
	for _, p := range all {
		if len(p.Spec.JwtRules) == 0 {
			continue
		}
		c := p.DeepCopy()
		for _, r := range c.Spec.JwtRules {
			if r != nil {
				r.Jwks, r.JwksUri = "", "https://istio.io/keys"
			}
		}
		changed = append(changed, c)
	}
	if len(changed) == 0 {
		return s
	}
	return s.Put(changed...)
}

// direct calls the Service itself that a gateway hands the request on to: behind the gateway the peer is the gateway, and rules that are for the
// client do not match.
func (i *incident) direct() []Change {
	c := i.cluster()
	if i.q.Source == nil || mesh.RoleOf(i.q.Source) != mesh.SidecarProxy || c == nil || c.Host == nil || !c.Host.Kube || !i.behindGateway() || i.o.At == nil {
		return nil
	}
	for _, r := range i.nearRules() {
		for _, x := range r.failing {
			if subjectOf(x) != ofIdentity || x.Got == "" {
				continue
			}
			h := service{c.Host.Ref.Name + "." + c.Host.Namespace, c.Port.Number}
			q := *i.q
			q.Scheme, q.Host, q.Port, q.Via = "http", h.name, h.port, nil
			q.Authority = h.authority(&q)
			return []Change{{Code: "NextCallDirectly", Args: []string{h.name + ":" + strconv.Itoa(h.port)}, Request: &q, Sender: true}}
		}
	}
	return nil
}
