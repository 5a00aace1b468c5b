package policies

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingNamespace: a policy lets in (or refuses) a namespace that does not exist. It is told only where namespaces were read for sure: the
// policy's own is among them.
func missingNamespace(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	namedPeers(w, func(_ *walk.Hop, at mesh.Ref, _ walk.Field, v, ns, _ string) {
		if lacks(w, ns) {
			if v == ns {
				v = ""
			}
			out = append(out, walk.Found(NamespaceMissing, at, v, ns))
		}
	})
	return out
}

// lacks reports whether a namespace is known not to be there: no Namespace, and nothing that would be in it.
func lacks(w *walk.Walk, ns string) bool {
	list, gaps := w.Snapshot.Namespaces.All()
	if len(gaps) > 0 || len(list) == 0 || len(w.Snapshot.Pods.Gaps(ns)) > 0 || len(w.Snapshot.Services.Gaps(ns)) > 0 {
		return false
	}
	for _, h := range w.Hops {
		if h.Pod != nil {
			if _, ok, _ := w.Snapshot.Namespaces.Get("", h.Pod.Namespace); !ok {
				return false // Namespaces were left out of what was read
			}
		}
	}
	_, is, _ := w.Snapshot.Namespaces.Get("", ns)
	pods, _ := w.Snapshot.Pods.In(ns)
	services, _ := w.Snapshot.Services.In(ns)
	return !is && len(pods) == 0 && len(services) == 0
}
