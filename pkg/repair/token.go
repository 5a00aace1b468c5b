package repair

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// said returns the arguments behind a code among the arguments of a stage.
func said(r *flow.Result, code flow.Note) ([]string, bool) {
	at := slices.Index(r.Args, flow.CodeMark+string(code))
	if at < 0 {
		return nil, false
	}
	return r.Args[at+1:], true
}

// jwtRule is a copy of the policy that a reference names, and the rule in it.
func (i *incident) jwtRule(ref mesh.Ref) (metav1.Object, *security.JWTRule, bool) {
	at, _, ok := indexed(strings.TrimPrefix(ref.Field, "spec.jwtRules"))
	p, found, _ := i.s.RequestAuthentications.Get(ref.Namespace, ref.Name)
	if !ok || !found || at >= len(p.Spec.JwtRules) || p.Spec.JwtRules[at] == nil {
		return nil, nil, false
	}
	c := p.DeepCopy()
	return c, c.Spec.JwtRules[at], true
}

// bearer mends a header whose value begins with Bearer where the rule takes the whole value for the token: the token alone is sent, or the
// rule gets the prefix.
func (i *incident) bearer() []Change {
	if i.o.At == nil {
		return nil
	}
	const prefix = "Bearer "
	if _, ok := said(i.o.At, flow.NoteTokenWithPrefix); !ok {
		return nil
	}
	object, rule, ok := i.jwtRule(i.o.At.Resource)
	if !ok {
		return nil
	}
	for _, h := range rule.FromHeaders {
		value, has := i.q.Headers.Get(strings.ToLower(h.Name))
		if h.Prefix != "" || !has || !strings.HasPrefix(value, prefix) {
			continue
		}
		h.Prefix = prefix
		q := *i.q
		q.Headers = q.Headers.Set(strings.ToLower(h.Name), strings.TrimPrefix(value, prefix))
		return []Change{
			{Code: "NextSendBare", Args: []string{h.Name}, Request: &q, Sender: true},
			{Code: "NextRulePrefix", Args: []string{h.Name, i.o.At.Resource.String()}, Objects: []metav1.Object{object}},
		}
	}
	return nil
}

// prefixed sends a token behind the prefix that a rule wants, which is missing or written otherwise.
func (i *incident) prefixed() []Change {
	var out []Change
	i.root.Each(func(_ *flow.Node, r *flow.Result) {
		if r.Note != flow.NoteTokenAbsent || len(out) > 0 {
			return
		}
		if args, ok := said(r, flow.NoteTokenPrefixCase); ok && len(args) == 3 {
			value, _ := i.q.Headers.Get(args[0])
			out = append(out, i.sendAs(args[0], args[2], strings.TrimPrefix(value, args[1]+" ")))
		} else if args, ok := said(r, flow.NoteTokenWithoutPrefix); ok && len(args) == 2 {
			value, _ := i.q.Headers.Get(args[0])
			out = append(out, i.sendAs(args[0], args[1], value))
		}
	})
	return out
}

func (i *incident) sendAs(header, prefix, token string) Change {
	q := *i.q
	q.Headers = q.Headers.Set(header, prefix+token)
	return Change{Code: "NextSendPrefix", Args: []string{header, strings.TrimSpace(prefix)}, Request: &q, Sender: true}
}

// sendElsewhere sends the token where a rule of its issuer looks for it, in place of where a rule of another issuer found and rejected it.
func (i *incident) sendElsewhere() []Change {
	const authorization = "authorization"
	value, ok := i.q.Headers.Get(authorization)
	token, bearer := strings.CutPrefix(value, "Bearer ")
	if i.o.At == nil || !ok || !bearer {
		return nil
	}
	issuer := ""
	for _, c := range i.o.At.Candidates {
		if len(c.Checks) == 1 && strings.HasSuffix(c.Checks[0].Field, ".issuer") {
			issuer = c.Checks[0].Got
		}
	}
	var out []Change
	for _, c := range i.o.At.Candidates {
		_, rule, ok := i.jwtRule(c.Ref)
		if !ok || issuer == "" || rule.Issuer != issuer || len(rule.FromHeaders)+len(rule.FromParams)+len(rule.FromCookies) == 0 {
			continue
		}
		q := *i.q
		q.Headers = q.Headers.Without(authorization)
		carry(&q, rule, token)
		out = append(out, Change{Code: "NextSendElsewhere", Args: []string{places(rule), c.Ref.String(), issuer}, Request: &q, Sender: true})
	}
	return out
}

// spellIssuer writes the issuer into a rule as the token has it, where the two differ in the scheme, the port or a slash at the end alone.
func (i *incident) spellIssuer() []Change {
	if i.o.At == nil {
		return nil
	}
	var out []Change
	for _, c := range i.o.At.Candidates {
		if len(c.Checks) != 1 || !strings.HasSuffix(c.Checks[0].Field, ".issuer") || len(c.Checks[0].Want) != 1 {
			continue
		}
		got, want := c.Checks[0].Got, c.Checks[0].Want[0]
		object, rule, ok := i.jwtRule(c.Ref)
		if !ok || got == "" || bareIssuer(got) != bareIssuer(want) {
			continue
		}
		rule.Issuer = got
		q := *i.q
		q.AssumeJWTValid = true
		out = append(out, Change{Code: "NextIssuer", Args: []string{got, c.Ref.String()}, Objects: []metav1.Object{object}, Request: &q})
	}
	return out
}

// bareIssuer is an issuer without scheme, port and a slash at the end.
func bareIssuer(s string) string {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		rest = s
	}
	host, path, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return strings.TrimSuffix(host+"/"+path, "/")
}

// openKeys lets istiod fetch the keys of a rule from a pod that takes mutual TLS alone: plaintext is let in at the port of the key set.
func (i *incident) openKeys() []Change {
	if i.o.At == nil {
		return nil
	}
	if _, ok := said(i.o.At, flow.NoteKeysPlaintext); !ok {
		return nil
	}
	args, ok := said(i.o.At, flow.NoteTokenKeysMissing)
	if !ok {
		return nil
	}
	u, err := url.Parse(args[0])
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = 80
	}
	targets, found, _ := dns.Lookup(i.s, i.s.Config.RootNamespace, false, u.Hostname(), port)
	if !found || targets[0].Host == nil {
		return nil
	}
	h := targets[0].Host
	served, has := h.Port(port)
	if !has {
		return nil
	}
	endpoints, _ := i.s.Endpoints(h, served)
	for _, e := range endpoints {
		if e.Pod == nil {
			continue
		}
		p := i.workloadPolicy(e.Pod)
		if p == nil {
			return nil
		}
		permissive(p, uint32(e.Port))
		q := *i.q
		q.AssumeJWTValid = true
		return []Change{{Code: "NextOpenKeys", Args: []string{strconv.Itoa(e.Port), h.Name}, Objects: []metav1.Object{p}, Request: &q}}
	}
	return nil
}

// verifyHere has the proxy that refused the request verify the token too that an earlier one has verified: without a RequestAuthentication there is
// no request principal and there are no claims, whatever token comes (Istio: RequestAuthentication).
func (i *incident) verifyHere() []Change {
	f, ok := i.at()
	if !ok || i.o.At == nil || f.Pod == nil || !lackingIn(i.o.At).Token {
		return nil
	}
	var earlier mesh.Ref
	verified := false // here, of whatever issuer
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		switch {
		case n.Flow.Pod == f.Pod && slices.ContainsFunc(r.Candidates, func(c flow.Candidate) bool { return c.Applies && c.Ref.Kind == mesh.RequestAuthentication }):
			verified = true
		case n.Flow.Pod != f.Pod && r.Note == flow.NoteTokenVerified && earlier.IsZero():
			earlier = r.Resource
		}
	})
	selector := i.selectorFor(f.Pod)
	object, rule, ok := i.jwtRule(earlier)
	if !ok || verified || selector == nil {
		return nil
	}
	own := &securityapi.RequestAuthentication{ObjectMeta: metav1.ObjectMeta{Name: nameFor(selector, "jwt"), Namespace: f.Pod.Namespace}}
	if _, taken, _ := i.s.RequestAuthentications.Get(own.Namespace, own.Name); taken {
		return nil
	}
	own.Spec.Selector = workloads(selector)
	own.Spec.JwtRules = []*security.JWTRule{rule.DeepCopy()}
	own.Spec.JwtRules[0].ForwardOriginalToken = false
	c := Change{Code: "NextVerifyHere", Args: []string{mesh.PodRef(f.Pod).ID(), mesh.RefTo(own).String(), earlier.String()}, Objects: []metav1.Object{own}}
	if !rule.ForwardOriginalToken {
		rule.ForwardOriginalToken = true
		c.Objects = append(c.Objects, object)
	}
	return []Change{c}
}
