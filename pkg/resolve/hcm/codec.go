package hcm

import (
	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codec is what a proxy does to every request that it reads as HTTP: it normalises the path, and refuses what is no request.
func Codec(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Bypassed || !f.L7 || f.Unrouted && f.At.Role == flow.Caller {
		return flow.Result{}
	}
	bad := func(status int, details string) flow.Result {
		o := f.Replies(status, flow.BadRequest, details)
		r := flow.End(o)
		r.Facts = []string{details}
		return r
	}
	if status, what := malformed(f); status != 0 {
		r := bad(status, "")
		r.With.Flags, r.Facts = []string{"DPE"}, []string{what}
		return r
	}
	if queryWithoutType(f) {
		return bad(400, "query_missing_content_type")
	}
	if f.Request.HTTP10 && !f.Message.HTTP2 {
		return bad(426, "low_version")
	}
	if f.Message.Authority == "" {
		return bad(400, "missing_host_header")
	}
	if refusedUpgrade(f) {
		return bad(403, "upgrade_failed")
	}
	level := normalization(s.Config)
	parameters := s.Version.Proxy.Has(mesh.ParametersStripped)
	path, ok := envoy.NormalizePath(f.Message.Path, level, parameters)
	if !ok {
		return bad(400, "path_normalization_failed")
	}
	byPatch := !parameters && keepsParameters(f.Message.Path, level)
	if path == f.Message.Path && !byPatch {
		return flow.Unseen(f)
	}
	r := flow.Pass(f)
	r.Note, r.Facts = flow.NotePathNormalized, []string{f.Message.Path, path}
	r.Resource = s.Config.Field("pathNormalization.normalization")
	if path == f.Message.Path {
		r = flow.NothingApplies(f)
	}
	if byPatch {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NotePathParametersByPatch, Facts: []string{f.Message.Path}})
	}
	f.Message.Path = path
	r.Next[0].Flow = f
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
