package hcm

import (
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codec is what a proxy does to every request that it reads as HTTP: it normalises the path, and refuses what is no request.
func Codec(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted || !f.L7 || f.Passthrough && f.At.Role == flow.Caller {
		return flow.Result{}
	}
	came := f.Message
	if status, what := malformed(f); status != 0 {
		r := bad(f, status, "", "DPE")
		r.Args = []string{what}
		return r
	}
	if queryWithoutType(f) {
		return bad(f, 400, "query_missing_content_type")
	}
	set := managed(f)
	if f.Message.HTTP10 && !f.Message.HTTP2 && !set.At("http_protocol_options").Flag("accept_http_10") && !acceptsHTTP10(s, f.Pod) {
		return bad(f, 426, "low_version")
	}
	f.Message.HTTP10 = false
	if f.Message.Authority == "" {
		return bad(f, 400, "missing_host_header")
	}
	if refusedUpgrade(f) {
		return bad(f, 403, "upgrade_failed")
	}
	if r, ends := accept(f); ends {
		return r
	}
	f = authority(f)
	if o, ends := escapedSlashes(&f, set.Text("path_with_escaped_slashes_action")); ends {
		return flow.End(o)
	}
	return normalized(s, f, came.Path, patchedLevel(normalization(s.Config), set))
}

// acceptsHTTP10: istiod has all of its proxies accept HTTP/1.0, or a proxy's own metadata asks for it (pilot/pkg/networking/core/listener.go,
// enableHTTP10).
func acceptsHTTP10(s *mesh.Snapshot, pod *corev1.Pod) bool {
	own, _ := flow.NodeMetadata(s, pod, "HTTP10")
	return own == "1" || s.Flag("PILOT_HTTP10").On()
}

// normalized has the path normalised to a level; came is the path that came in.
func normalized(s *mesh.Snapshot, f flow.Flow, came string, level envoy.Normalization) flow.Result {
	parameters := flow.ProxyRelease(s, f.Pod).Has(release.ParametersStripped)
	path, ok := envoy.NormalizePath(f.Message.Path, level, parameters)
	if !ok {
		return bad(f, 400, "path_normalization_failed")
	}
	byPatch := !parameters && keepsParameters(f.Message.Path, level)
	var presumed []flow.Presumption
	if furthest, ok := envoy.NormalizePath(f.Message.Path, envoy.DecodeAndMerge, parameters); !ok || furthest != path {
		presumed = flow.DefaultOf(s.Config, "pathNormalization", "BASE")
	}
	if path == came && !byPatch {
		f.Message.Path = path
		r := flow.Unseen(f)
		r.Presumes = presumed
		return r
	}
	r := flow.Pass(f)
	r.Presumes = presumed
	r.Note, r.Args = flow.NotePathNormalized, []string{came, path}
	r.Resource = s.Config.Field("pathNormalization.normalization")
	if by := manager(f); !by.IsZero() && level != normalization(s.Config) {
		r.Resource, r.Candidates = by, []flow.Candidate{{Ref: by, Applies: true}}
	}
	if path == came {
		r = flow.NothingApplies(f)
	}
	if byPatch {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NotePathParametersByPatch, Args: []string{f.Message.Path}})
	}
	f.Message.Path = path
	r.Next[0].Flow = f
	return r
}

// bad is the answer to what is no request.
func bad(f flow.Flow, status int, details string, flags ...string) flow.Result {
	r := flow.End(f.Replies(status, flow.BadRequest, details, flags...))
	r.Args = []string{details}
	return r
}

// keepsParameters reports whether a newer proxy would take a segment of the path such as ..;x for one that leads upwards.
func keepsParameters(path string, level envoy.Normalization) bool {
	stripped, ok := envoy.NormalizePath(path, level, true)
	kept, _ := envoy.NormalizePath(path, level, false)
	return !ok || stripped != kept
}

func normalization(c mesh.Config) envoy.Normalization {
	switch c.Proto.GetPathNormalization().GetNormalization() {
	case meshconfig.MeshConfig_ProxyPathNormalization_NONE:
		return envoy.None
	case meshconfig.MeshConfig_ProxyPathNormalization_MERGE_SLASHES:
		return envoy.MergeSlashes
	case meshconfig.MeshConfig_ProxyPathNormalization_DECODE_AND_MERGE_SLASHES:
		return envoy.DecodeAndMerge
	}
	return envoy.Base
}
