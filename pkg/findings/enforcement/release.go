package enforcement

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unrecorded: the rules are held against what recorded releases of Istio answered. Of one outside of them only some changes are known.
func unrecorded(w *walk.Walk) []flow.Finding {
	switch v := w.Snapshot.Version.Istiod; {
	case v.Before(release.Oldest):
		return []flow.Finding{walk.Found(ReleaseOlder, mesh.Ref{}, v.String(), release.Oldest.String())}
	case !v.Before(release.Release{Major: release.Newest.Major, Minor: release.Newest.Minor + 1}):
		return []flow.Finding{walk.Found(ReleaseNewer, mesh.Ref{}, v.String(), release.Newest.String())}
	}
	return nil
}
