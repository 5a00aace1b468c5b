package policies

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unmatchable: values that no request can have, as Istio does not read them as they look. The admission webhook takes all of them.
func unmatchable(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				for i, v := range f.Values {
					if code, args := misread(h, f.Name, v); code != "" {
						out = append(out, walk.Found(code, walk.PolicyRef(p).At(f.Path+"["+strconv.Itoa(i)+"]"), append([]string{v}, args...)...))
					}
				}
			}
		}
	}
	return out
}

// misread tells why a value matches nothing; the code is empty where it may match.
func misread(h *walk.Hop, name, v string) (flow.Note, []string) {
	switch name {
	case "paths":
		return misreadPath(v), nil
	case "methods":
		if slices.Contains(methods, strings.ToUpper(strings.Trim(v, "*"))) && v != strings.ToUpper(v) {
			return MethodLowerCase, []string{strings.ToUpper(v)}
		}
		return starInside(v), nil
	case "hosts":
		if host, ok := hostOfURL(v); ok {
			return HostWithScheme, []string{host}
		}
		return starInside(v), nil
	case "principals":
		return misreadPrincipal(h, v)
	case "requestPrincipals":
		return misreadRequestPrincipal(v), nil
	case "serviceAccounts":
		if strings.Contains(v, "*") {
			return StarInside, nil
		}
	case "connection.sni":
		return starInside(v), nil
	}
	return "", nil
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}

// misreadPath: a path is compared from its first slash to its query.
func misreadPath(v string) flow.Note {
	switch {
	case v == "" || envoy.IsTemplate(v):
		return ""
	case v[0] != '/' && v[0] != '*':
		return PathWithoutSlash
	case strings.ContainsAny(v, "?#"):
		return PathWithQuery
	}
	return starInside(v)
}

// starInside: a star counts at one end of a value only, and at the beginning before the end; any other star is a letter
// (pilot/pkg/security/authz/matcher/string.go).
func starInside(v string) flow.Note {
	rest, leading := strings.CutPrefix(v, "*")
	if !leading {
		rest = strings.TrimSuffix(v, "*")
	}
	if strings.Contains(rest, "*") {
		return StarInside
	}
	return ""
}

// hostOfURL is the host within something that is more than a host.
func hostOfURL(v string) (string, bool) {
	_, rest, scheme := strings.Cut(v, "://")
	if !scheme {
		rest = v
	}
	host, _, path := strings.Cut(rest, "/")
	return host, scheme || path
}

// identity is what principals look like in a mesh.
var identity = regexp.MustCompile(`^[^/]+/ns/[^/]+/sa/[^/]+$`)

// misreadPrincipal: an identity is trust-domain/ns/namespace/sa/account, and the scheme is added by Istio. A trust domain that the mesh
// does not have is compared as it stands, but no peer with it gets as far as a policy (pilot/pkg/security/trustdomain/bundle.go). Peers
// of a gateway may be others.
func misreadPrincipal(h *walk.Hop, v string) (flow.Note, []string) {
	if strings.HasPrefix(v, "spiffe:") {
		return PrincipalWithScheme, []string{strings.TrimPrefix(v, "spiffe://")}
	}
	if code := starInside(v); code != "" {
		return code, nil
	}
	td, rest, path := strings.Cut(v, "/")
	c := h.View.Config
	switch {
	case h.IsGateway() || strings.HasPrefix(v, "*"):
		return "", nil
	case !strings.HasSuffix(v, "*") && !identity.MatchString(v):
		return PrincipalIncomplete, nil
	case !path || strings.Contains(td, "*") || c.Ref.IsZero() || len(c.Gaps) > 0:
		return "", nil
	}
	domains := slices.Clone(c.TrustDomains)
	for _, ca := range c.Proto.GetCaCertificates() {
		domains = append(domains, ca.GetTrustDomains()...)
	}
	full := len(strings.Split(v, "/")) == 5 && td == mesh.DefaultTrustDomain // stands for the mesh's own
	if full || slices.Contains(domains, td) {
		return "", nil
	}
	return PrincipalTrustDomain, []string{td, c.TrustDomain() + "/" + rest}
}

// misreadRequestPrincipal: a value is cut at its last slash into issuer and subject, which are compared apart
// (pilot/pkg/security/authz/model/generator.go). What has no slash and no star wants an empty subject; a star behind an issuer's first
// letters leaves half of "https://" as the issuer.
func misreadRequestPrincipal(v string) flow.Note {
	if code := starInside(v); code != "" {
		return code
	}
	i := strings.LastIndex(v, "/")
	switch {
	case strings.HasPrefix(v, "*"), strings.HasSuffix(v, "*") && i < 0:
		return ""
	case i < 0, i+1 == len(v), strings.HasSuffix(v[:i], ":/"):
		return RequestPrincipalForm
	}
	return ""
}
