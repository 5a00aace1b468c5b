package enforcement

import (
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// legacyKinds: objects of kinds that Istio 1.6 removed are left over from an upgrade. No control plane reads them any more; what was in them
// does not protect the server.
func legacyKinds(w *walk.Walk) []flow.Finding {
	if w.Snapshot.Version.Istiod.Before(release.Release{Major: 1, Minor: 6}) {
		return nil
	}
	var out []flow.Finding
	for _, h := range w.Hops {
		if h.Pod == nil || h.Role != flow.ServerSidecar {
			continue
		}
		mode := precedence.PeerAuthentication(h.View, h.Pod.Namespace, h.Pod.Labels, h.Port)
		for _, u := range w.Snapshot.Legacy {
			at := mesh.Ref{Kind: mesh.LegacyPolicy, Namespace: u.GetNamespace(), Name: u.GetName()}
			switch {
			case !concerns(h, u):
			case strings.HasPrefix(u.GetAPIVersion(), "rbac."):
				out = append(out, walk.Found(LegacyRBACIgnored, at, u.GetKind()))
			case len(mode.Gaps) == 0:
				out = append(out, walk.Found(LegacyAuthenticationIgnored, at, u.GetKind(), mode.Mode.String(), strconv.Itoa(h.Port)))
			}
		}
	}
	return out
}

// concerns reports whether an old object is about the server: the mesh as a whole, its namespace, or one of its Services.
func concerns(h *walk.Hop, u *unstructured.Unstructured) bool {
	switch u.GetKind() {
	case "MeshPolicy":
		return true
	case "ClusterRbacConfig", "RbacConfig":
		mode, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "mode")
		return mode == "ON" || mode == "ON_WITH_EXCLUSION" && !listed(h, u, "exclusion") || mode == "ON_WITH_INCLUSION" && listed(h, u, "inclusion")
	}
	if u.GetNamespace() != h.Pod.Namespace {
		return false
	}
	targets, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "targets")
	list, _ := targets.([]any)
	return len(list) == 0 || slices.ContainsFunc(list, func(t any) bool {
		target, _ := t.(map[string]any)
		name, _ := target["name"].(string)
		return slices.ContainsFunc(h.View.Targets(h.Pod), func(x mesh.Target) bool { return x.Host.Kube && x.Host.Ref.Name == name })
	})
}

// listed reports whether a list of the old RBAC's configuration names the server's namespace or one of its Services.
func listed(h *walk.Hop, u *unstructured.Unstructured, list string) bool {
	names := func(field string) []any {
		v, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", list, field)
		out, _ := v.([]any)
		return out
	}
	return slices.ContainsFunc(names("namespaces"), func(v any) bool { return v == h.Pod.Namespace }) ||
		slices.ContainsFunc(names("services"), func(v any) bool {
			return slices.ContainsFunc(h.View.Targets(h.Pod), func(x mesh.Target) bool { return v == x.Host.Name })
		})
}
