package repair

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// subject is what of a request a comparison looks at.
type subject int

// The subjects.
const (
	ofRequest  subject = iota // path, method, host, port
	ofIdentity                // of the peer
	ofToken
	ofHeader
	ofAddress
	ofOther
)

// subjectOf tells by a comparison's field, or a condition's key (Istio: AuthorizationPolicy, "Authorization Policy Conditions").
func subjectOf(c evidence.Check) subject {
	name := c.Key
	if name == "" {
		name = c.Field[strings.LastIndexByte(c.Field, '.')+1:]
	}
	if rest, ok := strings.CutPrefix(name, "not"); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
		name = strings.ToLower(rest[:1]) + rest[1:]
	}
	switch name {
	case "paths", "methods", "hosts", "ports":
		return ofRequest
	case "principals", "namespaces", "serviceAccounts", "trustDomains", "source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain":
		return ofIdentity
	case "requestPrincipals":
		return ofToken
	case "ipBlocks", "remoteIpBlocks", "source.ip", "remote.ip":
		return ofAddress
	}
	switch {
	case strings.HasPrefix(name, "request.auth."):
		return ofToken
	case strings.HasPrefix(name, "request.headers"):
		return ofHeader
	}
	return ofOther
}

// add notes what a comparison that fails asks for. What the request has and is another counts for headers alone: another identity, and another token,
// are some.
func add(l *reach.Lacks, c evidence.Check) {
	switch subjectOf(c) {
	case ofIdentity:
		l.Identity = l.Identity || c.Got == ""
	case ofToken:
		l.Token = l.Token || c.Got == ""
	case ofHeader:
		if name := headerOf(c.Key); name != "" && !slices.Contains(l.Headers, name) {
			l.Headers = append(l.Headers, name)
		}
	}
}

func headerOf(key string) string {
	name, ok := strings.CutPrefix(key, "request.headers[")
	if !ok {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "]"))
}

// lackingIn is what the rules of a stage ask for and the request has not got.
func lackingIn(res *flow.Result) reach.Lacks {
	var l reach.Lacks
	for _, c := range res.Candidates {
		if c.Ref.Kind != mesh.AuthorizationPolicy {
			continue
		}
		switch {
		case res.Reason == flow.RBACNoAllowMatched && c.Matches == evidence.False:
			failing, _ := evidence.Nearest(c.Checks)
			for _, x := range failing {
				add(&l, x)
			}
		case res.Reason == flow.RBACDenyMatched && c.Matches == evidence.True:
			addDenied(&l, c.Checks)
		}
	}
	return l
}

// addDenied adds what a DENY rule that matches makes exceptions for. One that denies all tokens but some asks for one of those.
func addDenied(l *reach.Lacks, checks []evidence.Check) {
	for _, x := range checks {
		if x.Is == evidence.True && negated(x) {
			add(l, x)
			l.Token = l.Token || subjectOf(x) == ofToken
		}
	}
}

// negated reports whether a comparison is one of the fields that begin with not.
func negated(c evidence.Check) bool {
	name := c.Field[strings.LastIndexByte(c.Field, '.')+1:]
	return strings.HasPrefix(name, "not") && len(name) > 3 && name[3] >= 'A' && name[3] <= 'Z'
}

// lackingAnywhere is what the policies that refuse the request ask for and it has not got.
func lackingAnywhere(v flow.Verdict) reach.Lacks {
	var all reach.Lacks
	for _, o := range v.Outcomes {
		if o.At == nil || o.Kind == flow.Reaches {
			continue
		}
		l := lackingIn(o.At)
		all.Identity, all.Token = all.Identity || l.Identity, all.Token || l.Token
		all.Headers = append(all.Headers, l.Headers...)
	}
	return all
}
