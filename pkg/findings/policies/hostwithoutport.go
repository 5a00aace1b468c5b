package policies

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hostWithoutPort: the host of a request carries the port wherever that is not the usual one, and a policy compares it whole. The rule
// would match if it had the port, or a star in its place.
func hostWithoutPort(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		compared(h, func(c flow.Candidate, x evidence.Check) {
			bare := config.StripPort(x.Got)
			if bare != x.Got && slices.ContainsFunc(x.Want, func(v string) bool { return envoy.ParsePattern(v).MatchFold(bare) }) {
				out = append(out, walk.Found(HostWithoutPort, c.Ref.At(x.Field), x.Got, bare+":*"))
			}
		}, "hosts")
	}
	return out
}
