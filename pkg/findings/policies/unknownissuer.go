package policies

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unknownIssuer: a request principal of an issuer that no RequestAuthentication of the workload takes tokens of. Policies of many workloads
// name the issuers of all of them; where one of a list is known, the others do no harm.
func unknownIssuer(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		var issuers []string
		for _, r := range tokenRules(h) {
			issuers = append(issuers, r.GetIssuer())
		}
		slices.Sort(issuers)
		issuers = slices.Compact(issuers)
		if len(issuers) == 0 || slices.Contains(issuers, "") || !h.Known() {
			continue
		}
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				knows := func(v string) bool { iss, ok := issuerOf(v); return ok && slices.Contains(issuers, iss) }
				if f.Name != "requestPrincipals" || slices.ContainsFunc(f.Values, knows) {
					continue
				}
				for i, v := range f.Values {
					iss, ok := issuerOf(v)
					if ok && !slices.Contains(issuers, iss) {
						out = append(out, walk.Found(IssuerUnknown, walk.PolicyRef(p).At(f.Path+"["+strconv.Itoa(i)+"]"), iss, strings.Join(issuers, ", ")))
					}
				}
			}
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
