package policies

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// slightChange: a request that gets to the application, and that a policy refuses as soon as it is written as most programs would write it. What a
// path is to a policy and to the application may differ: //admin and /x%2fadmin are what pathNormalization leaves of them (Istio: "Authorization
// Policy Normalization"), and what it leaves alone, such as capital letters and ..;/, some applications take for the plain path.
func slightChange(w *walk.Walk) []flow.Finding {
	if !w.Reaches() || w.Request.Raw() || !comparesRequest(w) {
		return nil
	}
	path, _, _ := strings.Cut(w.Request.Path, "?")
	if strings.Contains(path, "//") || strings.ContainsAny(path, `%\`) {
		if f, ok := readOtherwise(w); ok {
			return []flow.Finding{f}
		}
	}
	if plain := plainPath(path); plain != path {
		q := *w.Request
		q.Path = plain + w.Request.Path[len(path):]
		if by, refused := w.RefusedAs(w.Snapshot, &q); refused {
			return []flow.Finding{walk.Found(PathWrittenOtherwise, by, path, plain)}
		}
	}
	return nil
}

// comparesRequest reports whether a policy on the way compares paths.
func comparesRequest(w *walk.Walk) bool {
	return slices.ContainsFunc(w.Guards(), func(h *walk.Hop) bool {
		for _, p := range h.Policies() {
			if slices.ContainsFunc(walk.Fields(p), func(f walk.Field) bool { return f.Name == "paths" }) {
				return true
			}
		}
		return false
	})
}

// levels are the settings of pathNormalization that read a path more thoroughly than the default.
var levels = []meshconfig.MeshConfig_ProxyPathNormalization_NormalizationType{
	meshconfig.MeshConfig_ProxyPathNormalization_BASE,
	meshconfig.MeshConfig_ProxyPathNormalization_MERGE_SLASHES,
	meshconfig.MeshConfig_ProxyPathNormalization_DECODE_AND_MERGE_SLASHES,
}

// readOtherwise finds the first level at which the path is another one to a policy, which refuses it.
func readOtherwise(w *walk.Walk) (flow.Finding, bool) {
	for _, level := range levels {
		if w.Snapshot.Config.Proto == nil || len(w.Snapshot.Config.Gaps) > 0 {
			return flow.Finding{}, false
		}
		c := proto.Clone(w.Snapshot.Config.Proto).(*meshconfig.MeshConfig)
		c.PathNormalization = &meshconfig.MeshConfig_ProxyPathNormalization{Normalization: level}
		if by, refused := w.RefusedAs(w.Snapshot.Assume(c), w.Request); refused {
			path, _, _ := strings.Cut(w.Request.Path, "?")
			return walk.Found(PathReadOtherwise, by, path, level.String()), true
		}
	}
	return flow.Finding{}, false
}

// plainPath is a path in small letters and without parameters in its segments, and without what they lead up.
func plainPath(path string) string {
	var out []string
	for i, segment := range strings.Split(strings.ToLower(path), "/") {
		bare, _, has := strings.Cut(segment, ";")
		switch {
		case has && bare == ".." && len(out) > 1:
			out = out[:len(out)-1]
		case has && (bare == ".." || bare == "."):
		case has && bare == "" && i > 0:
		default:
			out = append(out, bare)
		}
	}
	return strings.Join(out, "/")
}
