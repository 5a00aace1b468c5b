package legacy

import (
	"maps"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
)

// who is a subject in today's words.
type who struct {
	source  *security.Source
	when    []*security.Condition
	http    bool // on TCP it does not count
	never   bool // it matches nobody
	notes   []string
	notSame []string
}

// who translates a subject. Its fields are joined with and, so a second condition on what a source has one field for becomes a
// condition of its own (pilot/pkg/security/authz/model/principal.go, Generate).
func (s subject) who(id identity, trustDomain string) who {
	w := who{source: &security.Source{}}
	if s.User != "" {
		w.principals([]string{s.User}, id, trustDomain)
	}
	w.principals(s.Names, id, trustDomain)
	w.notPrincipals(s.NotNames, id)
	for _, groups := range [][]string{{s.Group}, s.Groups} {
		if len(groups) > 0 && groups[0] != "" {
			w.claim("groups", &security.Condition{Values: groups})
		}
	}
	if len(s.NotGroups) > 0 {
		w.claim("groups", &security.Condition{NotValues: s.NotGroups})
	}
	w.source.Namespaces, w.source.NotNamespaces = s.Namespaces, s.NotNamespaces
	w.source.IpBlocks, w.source.NotIpBlocks = s.IPs, s.NotIPs
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		w.property(key, s.Properties[key], id, trustDomain)
	}
	return w
}

// property translates one of them; a key that 1.4 did not know is read from the proxy's own metadata, where nothing ever was.
func (w *who) property(key, value string, id identity, trustDomain string) {
	switch {
	case key == "source.principal":
		w.principals([]string{value}, id, trustDomain)
	case key == "source.user":
		if value == "*" {
			value = allAuthenticated // here, and only here, a star did not stand for callers without a name
		}
		note(&w.notSame, sourceUser)
		w.principals([]string{value}, id, trustDomain)
	case key == "source.namespace":
		w.source.Namespaces = []string{value}
	case key == "source.ip":
		w.source.IpBlocks = []string{value}
	case key == "request.auth.principal" && id.requestToken:
		w.requestPrincipals([]string{value})
	case key == "request.auth.principal":
		if value == "*" {
			value = allAuthenticated
		}
		note(&w.notes, boundToPeer)
		w.principals([]string{value}, id, trustDomain)
	case key == "request.auth.audiences":
		note(&w.notSame, firstAudience)
		w.condition(key, value)
	case key == "request.auth.presenter", strings.HasPrefix(key, "request.headers["):
		w.condition(key, value)
	case strings.HasPrefix(key, "request.auth.claims["):
		name := bracketed(key, "request.auth.claims")
		if strings.Contains(name, "][") {
			w.never = true // it was the name of one claim
			note(&w.notes, nestedClaim(key))
			return
		}
		w.claim(name, &security.Condition{Values: []string{value}})
	default:
		w.never = true
		note(&w.notes, unknownProperty(key))
	}
}

func (w *who) condition(key, value string) {
	w.http = true
	w.when = append(w.when, &security.Condition{Key: key, Values: []string{value}})
}

// claim adds a condition on a claim. 1.4 split every claim at its blanks (src/envoy/http/authn/authn_utils.cc, ExtractStringList), today
// two are split.
func (w *who) claim(name string, c *security.Condition) {
	c.Key = "request.auth.claims[" + name + "]"
	if name != "scope" && name != "permission" {
		note(&w.notSame, claimBlanks(name))
	}
	w.http = true
	w.when = append(w.when, c)
}

// plain tells a subject that is nothing but a source, of which all is known on TCP too.
func (w who) plain() bool { return !w.http && len(w.when) == 0 }

// bracketed is the name in the brackets of a key such as request.headers[NAME]; empty where it has none.
func bracketed(key, prefix string) string {
	name, ok := strings.CutPrefix(key, prefix+"[")
	if name, closed := strings.CutSuffix(name, "]"); ok && closed {
		return name
	}
	return ""
}
