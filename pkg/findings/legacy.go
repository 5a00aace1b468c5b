package findings

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// legacyKinds: objects of kinds that Istio 1.6 removed are left over from an upgrade. No control plane reads them any more; what was in them
// does not protect the server.
func legacyKinds(w *walk) []flow.Finding {
	if w.snap.Version.Istiod.Before(mesh.Release{Major: 1, Minor: 6}) {
		return nil
	}
	var out []flow.Finding
	for _, h := range w.hops {
		if h.pod == nil || h.role != flow.ServerSidecar {
			continue
		}
		mode := precedence.PeerAuthentication(h.view, h.pod.Namespace, h.pod.Labels, h.port)
		for _, u := range w.snap.Legacy {
			at := mesh.Ref{Kind: mesh.LegacyPolicy, Namespace: u.GetNamespace(), Name: u.GetName()}
			switch {
			case !h.concerns(u):
			case strings.HasPrefix(u.GetAPIVersion(), "rbac."):
				out = append(out, found(LegacyRBACIgnored, at, u.GetKind()))
			case len(mode.Gaps) == 0:
				out = append(out, found(LegacyAuthenticationIgnored, at, u.GetKind(), mode.Mode.String(), itoa(h.port)))
			}
		}
	}
	return out
}

// concerns tells whether an old object is about the server: the mesh as a whole, its namespace, or one of its Services.
func (h *hop) concerns(u *unstructured.Unstructured) bool {
	switch u.GetKind() {
	case "MeshPolicy":
		return true
	case "ClusterRbacConfig", "RbacConfig":
		mode, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "mode")
		return mode == "ON" || mode == "ON_WITH_EXCLUSION" && !h.listed(u, "exclusion") || mode == "ON_WITH_INCLUSION" && h.listed(u, "inclusion")
	}
	if u.GetNamespace() != h.pod.Namespace {
		return false
	}
	targets, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "targets")
	list, _ := targets.([]any)
	return len(list) == 0 || slices.ContainsFunc(list, func(t any) bool {
		target, _ := t.(map[string]any)
		name, _ := target["name"].(string)
		return slices.ContainsFunc(h.view.Targets(h.pod), func(x mesh.Target) bool { return x.Host.Kube && x.Host.Ref.Name == name })
	})
}

// listed tells whether a list of the old RBAC's configuration names the server's namespace or one of its Services.
func (h *hop) listed(u *unstructured.Unstructured, list string) bool {
	names := func(field string) []any {
		v, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", list, field)
		out, _ := v.([]any)
		return out
	}
	return slices.ContainsFunc(names("namespaces"), func(v any) bool { return v == h.pod.Namespace }) ||
		slices.ContainsFunc(names("services"), func(v any) bool {
			return slices.ContainsFunc(h.view.Targets(h.pod), func(x mesh.Target) bool { return v == x.Host.Name })
		})
}
