package extension

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// responses tells what becomes of answers on their way back: what the connection manager makes of the proxy's own (local_reply_config), and
// what the filters of extensions make of all of them, the last of the chain first. nil where nothing changes any. What the application
// answers is not looked into.
func responses(w walk) *flow.Response {
	var out []flow.Rewrite
	if by := w.f.Extended.ManagedBy; len(by) > 0 {
		if list := w.f.Extended.Manager.LocalReplies(); len(list) > 0 {
			out = append(out, flow.Rewrite{Mappings: list, By: last(by).Ref})
		}
	}
	for i := len(w.f.Extended.Filters) - 1; i >= 0; i-- {
		x := w.f.Extended.Filters[i]
		e, by := w.effect(x)
		if len(by) == 0 || len(e.Back) == 0 {
			continue
		}
		list := slices.Clone(e.Back)
		for i := range list {
			if x.Sure() != evidence.True {
				list[i] = list[i].Perhaps()
			}
		}
		out = append(out, flow.Rewrite{Mappings: list, By: by[0]})
	}
	if len(out) == 0 {
		return nil
	}
	return &flow.Response{Party: w.f.At, HTTP: true, Rewrites: out}
}
