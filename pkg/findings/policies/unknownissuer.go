package policies

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unknownIssuer: a request principal of an issuer that no RequestAuthentication of the workload takes tokens of. Policies of many workloads
// name the issuers of all of them; where one of a list is known, the others do no harm.
func unknownIssuer(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		issuers := issuersOf(h)
		if len(issuers) == 0 || slices.Contains(issuers, "") || !h.Known() {
			continue
		}
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				if f.Name == "requestPrincipals" {
					out = append(out, ofOtherIssuers(f, walk.PolicyRef(p), issuers)...)
				}
			}
		}
	}
	return out
}

// issuersOf lists the issuers whose tokens a proxy verifies, sorted.
func issuersOf(h *walk.Hop) []string {
	var out []string
	for _, r := range tokenRules(h) {
		out = append(out, r.GetIssuer())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ofOtherIssuers finds the values of a field that ask for an issuer, where no value of it asks for a known one.
func ofOtherIssuers(f walk.Field, policy mesh.Ref, issuers []string) []flow.Finding {
	var out []flow.Finding
	for i, v := range f.Values {
		iss, ok := issuerOf(v)
		switch {
		case ok && slices.Contains(issuers, iss):
			return nil
		case ok:
			out = append(out, walk.Found(IssuerUnknown, policy.At(f.Path+"["+strconv.Itoa(i)+"]"), iss, strings.Join(issuers, ", ")))
		}
	}
	return out
}

// issuerOf is the issuer that a request principal asks for; it is not ok where any will do, or where none can match.
func issuerOf(v string) (string, bool) {
	i := strings.LastIndex(v, "/")
	if i < 0 || strings.HasPrefix(v, "*") || misreadRequestPrincipal(v) != "" {
		return "", false
	}
	return v[:i], true
}
