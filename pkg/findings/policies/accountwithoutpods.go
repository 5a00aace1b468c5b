package policies

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// accountWithoutPods: a policy names a service account that no pod runs as. Accounts may wait for their pods; it is told where the request's
// own client runs as that account in another namespace and is not let in, or where another account of the namespace has almost the same
// name. An account that the same list names as well is meant by its own name.
func accountWithoutPods(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	namedPeers(w, func(h *walk.Hop, at mesh.Ref, f walk.Field, v, ns, account string) {
		if account == "" || lacks(w, ns) {
			return
		}
		used, known := accounts(w, ns)
		if !known || slices.Contains(used, account) {
			return
		}
		meant := ""
		if c := w.Request.Source; c != nil && mesh.ServiceAccountOf(c) == account && (h.Refused() || !allows(h, at)) {
			meant = c.Namespace + "/" + account
		}
		for _, a := range used {
			if walk.Alike(account, a) && !lists(h, f, at.Namespace, ns, a) {
				meant = ns + "/" + a
			}
		}
		if meant != "" {
			out = append(out, walk.Found(AccountWithoutPods, at, ns+"/"+account, meant))
		}
	})
	return out
}

// allows reports whether a policy is an ALLOW policy.
func allows(h *walk.Hop, at mesh.Ref) bool {
	p, ok, _ := h.View.AuthorizationPolicies.Get(at.Namespace, at.Name)
	return ok && p.Spec.Action == security.AuthorizationPolicy_ALLOW
}

// lists reports whether a field names an account, as one of a policy's namespace where it names none.
func lists(h *walk.Hop, f walk.Field, own, namespace, account string) bool {
	return slices.ContainsFunc(f.Values, func(v string) bool {
		ns, a, ok := named(h, f.Name, own, v)
		return ok && ns == namespace && a == account
	})
}

// accounts lists the service accounts that workloads of a namespace run as, in the order of their names.
func accounts(w *walk.Walk, ns string) (used []string, known bool) {
	if len(w.Snapshot.Pods.Gaps(ns)) > 0 || len(w.Snapshot.WorkloadEntries.Gaps(ns)) > 0 || len(w.Snapshot.ServiceEntries.Gaps(ns)) > 0 {
		return nil, false
	}
	pods, _ := w.Snapshot.Pods.In(ns)
	for _, p := range pods {
		used = append(used, mesh.ServiceAccountOf(p))
	}
	workloads, _ := w.Snapshot.WorkloadEntries.In(ns)
	for _, x := range workloads {
		used = append(used, x.Spec.ServiceAccount)
	}
	entries, _ := w.Snapshot.ServiceEntries.In(ns)
	for _, e := range entries {
		for _, x := range e.Spec.Endpoints {
			used = append(used, x.GetServiceAccount())
		}
	}
	slices.Sort(used)
	return slices.Compact(used), true
}
