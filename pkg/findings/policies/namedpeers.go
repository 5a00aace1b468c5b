package policies

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// namedPeers calls f with every namespace that a policy's rules name in full, by itself or with a service account. What rules leave out
// (notNamespaces and the like) is no mistake where it does not exist.
func namedPeers(w *walk.Walk, f func(h *walk.Hop, at mesh.Ref, x walk.Field, value, namespace, account string)) {
	for _, h := range walk.ByPod(w.Guards()) {
		for _, p := range h.Policies() {
			for _, x := range walk.Fields(p) {
				for i, v := range x.Values {
					ns, account, ok := named(h, x.Name, p.Namespace, v)
					if ok && !x.Not {
						f(h, walk.PolicyRef(p).At(x.Path+"["+strconv.Itoa(i)+"]"), x, v, ns, account)
					}
				}
			}
		}
	}
}

// named takes a value apart: a namespace, ns/account or an account of the policy's own namespace, or a principal of the mesh's trust domain.
func named(h *walk.Hop, name, namespace, v string) (ns, account string, ok bool) {
	if strings.Contains(v, "*") || v == "" {
		return "", "", false
	}
	switch name {
	case "namespaces":
		return v, "", true
	case "serviceAccounts":
		if ns, account, ok = strings.Cut(v, "/"); ok {
			return ns, account, account != ""
		}
		return namespace, v, true
	case "principals":
		parts := strings.Split(v, "/")
		if !identity.MatchString(v) || parts[0] != mesh.DefaultTrustDomain && !slices.Contains(h.View.Config.TrustDomains, parts[0]) {
			return "", "", false
		}
		return parts[2], parts[4], true
	}
	return "", "", false
}
