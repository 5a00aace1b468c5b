package routing

import (
	"slices"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingDelegate: an entry that delegates to what is not there, is hidden, or does not fit disappears, and with it its requests
// (pilot/pkg/model/virtualservice_controller.go, mergeVirtualServices).
func missingDelegate(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		for _, v := range routing.VirtualServices(h.View) {
			bound := h.IsGateway() || slices.Contains(v.Gateways, config.MeshGateway)
			if len(v.Missing) == 0 || !bound || !v.VisibleTo(h.Pod.Namespace) || !slices.ContainsFunc(names(h), func(n string) bool { return overlaps(v.Hosts, n) }) {
				continue
			}
			raw, ok, _ := h.View.VirtualServices.Get(v.Ref.Namespace, v.Ref.Name)
			if !ok {
				continue
			}
			for i := range raw.Spec.Http {
				at := v.Ref.At(entryField(i) + ".delegate")
				if slices.Contains(v.Missing, at) {
					out = append(out, lostDelegate(h.View, raw, i, at)...)
				}
			}
		}
	}
	return out
}

// lostDelegate tells why an entry lost its delegate.
func lostDelegate(s *mesh.Snapshot, root *networkingapi.VirtualService, i int, at mesh.Ref) []flow.Finding {
	d := root.Spec.Http[i].GetDelegate()
	ns := d.GetNamespace()
	if ns == "" {
		ns = root.Namespace
	}
	id := ns + "/" + d.GetName()
	v, ok, gaps := s.VirtualServices.Get(ns, d.GetName())
	switch {
	case len(gaps) > 0:
		return nil
	case !ok:
		return []flow.Finding{walk.Found(DelegateMissing, at, id)}
	case len(v.Spec.Hosts) > 0:
		return []flow.Finding{walk.Found(DelegateWithHosts, at, id)}
	}
	exports := v.Spec.ExportTo
	if len(exports) == 0 {
		exports = s.Config.Proto.GetDefaultVirtualServiceExportTo()
	}
	seen := len(exports) == 0 || slices.Contains(exports, "*") || slices.Contains(exports, root.Namespace) || ns == root.Namespace && slices.Contains(exports, ".")
	if !seen {
		return []flow.Finding{walk.Found(DelegateNotExported, at, id, root.Namespace)}
	}
	return []flow.Finding{walk.Found(DelegateOutside, at, id)}
}
