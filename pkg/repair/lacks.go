package repair

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
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

// subjectOf is what a comparison's attribute is of; ofOther where it is none of a rule's.
func subjectOf(c evidence.Check) subject {
	a, _ := rbac.Of(c.Comparison)
	switch {
	case a == nil:
		return ofOther
	case a.Sender&rbac.Identity != 0:
		return ofIdentity
	case a.Sender&rbac.Address != 0:
		return ofAddress
	case a.Token:
		return ofToken
	case a.Secret == rbac.HeaderNamed:
		return ofHeader
	case a.OfOperation():
		return ofRequest
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
	_, not := rbac.Of(c.Comparison)
	return not
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
