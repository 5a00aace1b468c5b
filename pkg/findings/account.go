package findings

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingNamespace: a policy lets in (or refuses) a namespace that does not exist. It is told only where namespaces were read for sure: the
// policy's own is among them.
func missingNamespace(w *walk) []flow.Finding {
	var out []flow.Finding
	w.namedPeers(func(_ *hop, at mesh.Ref, _ field, v, ns, _ string) {
		if w.lacks(ns) {
			if v == ns {
				v = ""
			}
			out = append(out, found(NamespaceMissing, at, v, ns))
		}
	})
	return out
}

// lacks tells whether a namespace is known not to be there: no Namespace, and nothing that would be in it.
func (w *walk) lacks(ns string) bool {
	list, gaps := w.snap.Namespaces.All()
	if len(gaps) > 0 || len(list) == 0 || len(w.snap.Pods.Gaps(ns)) > 0 || len(w.snap.Services.Gaps(ns)) > 0 {
		return false
	}
	for _, h := range w.hops {
		if h.pod != nil {
			if _, ok, _ := w.snap.Namespaces.Get("", h.pod.Namespace); !ok {
				return false // Namespaces were left out of what was read
			}
		}
	}
	_, is, _ := w.snap.Namespaces.Get("", ns)
	pods, _ := w.snap.Pods.In(ns)
	services, _ := w.snap.Services.In(ns)
	return !is && len(pods) == 0 && len(services) == 0
}

// namedPeers calls f with every namespace that a policy's rules name in full, by itself or with a service account. What rules leave out
// (notNamespaces and the like) is no mistake where it does not exist.
func (w *walk) namedPeers(f func(h *hop, at mesh.Ref, x field, value, namespace, account string)) {
	for _, h := range byPod(w.guards()) {
		for _, p := range h.policies() {
			for _, x := range fields(p) {
				for i, v := range x.values {
					ns, account, ok := named(h, x.name, p.Namespace, v)
					if ok && !x.not {
						f(h, policyRef(p).At(x.path+"["+itoa(i)+"]"), x, v, ns, account)
					}
				}
			}
		}
	}
}

// named takes a value apart: a namespace, ns/account or an account of the policy's own namespace, or a principal of the mesh's trust domain.
func named(h *hop, name, namespace, v string) (ns, account string, ok bool) {
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
		if !identity.MatchString(v) || parts[0] != mesh.DefaultTrustDomain && !slices.Contains(h.view.Config.TrustDomains, parts[0]) {
			return "", "", false
		}
		return parts[2], parts[4], true
	}
	return "", "", false
}

// accountWithoutPods: a policy names a service account that no pod runs as. Accounts may wait for their pods; it is told where the request's
// own client runs as that account in another namespace and is not let in, or where another account of the namespace has almost the same
// name. An account that the same list names as well is meant by its own name.
func accountWithoutPods(w *walk) []flow.Finding {
	var out []flow.Finding
	w.namedPeers(func(h *hop, at mesh.Ref, f field, v, ns, account string) {
		if account == "" || w.lacks(ns) {
			return
		}
		used, known := w.accounts(ns)
		if !known || slices.Contains(used, account) {
			return
		}
		meant := ""
		if c := w.ask.Source; c != nil && mesh.ServiceAccountOf(c) == account && (h.refused() || !h.allows(at)) {
			meant = c.Namespace + "/" + account
		}
		for _, a := range used {
			if alike(account, a) && !h.lists(f, at.Namespace, ns, a) {
				meant = ns + "/" + a
			}
		}
		if meant != "" {
			out = append(out, found(AccountWithoutPods, at, ns+"/"+account, meant))
		}
	})
	return out
}

// allows tells whether a policy is an ALLOW policy.
func (h *hop) allows(at mesh.Ref) bool {
	p, ok, _ := h.view.AuthorizationPolicies.Get(at.Namespace, at.Name)
	return ok && p.Spec.Action == security.AuthorizationPolicy_ALLOW
}

// lists tells whether a field names an account, as one of a policy's namespace where it names none.
func (h *hop) lists(f field, own, namespace, account string) bool {
	return slices.ContainsFunc(f.values, func(v string) bool {
		ns, a, ok := named(h, f.name, own, v)
		return ok && ns == namespace && a == account
	})
}

// accounts lists the service accounts that workloads of a namespace run as, in the order of their names.
func (w *walk) accounts(ns string) (used []string, known bool) {
	if len(w.snap.Pods.Gaps(ns)) > 0 || len(w.snap.WorkloadEntries.Gaps(ns)) > 0 || len(w.snap.ServiceEntries.Gaps(ns)) > 0 {
		return nil, false
	}
	pods, _ := w.snap.Pods.In(ns)
	for _, p := range pods {
		used = append(used, mesh.ServiceAccountOf(p))
	}
	workloads, _ := w.snap.WorkloadEntries.In(ns)
	for _, x := range workloads {
		used = append(used, x.Spec.ServiceAccount)
	}
	entries, _ := w.snap.ServiceEntries.In(ns)
	for _, e := range entries {
		for _, x := range e.Spec.Endpoints {
			used = append(used, x.GetServiceAccount())
		}
	}
	slices.Sort(used)
	return slices.Compact(used), true
}
