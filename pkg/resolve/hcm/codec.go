package hcm

import (
	"strings"

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
	parameters := !s.Version.Proxy.Before(mesh.Release{Major: 1, Minor: 31})
	path, ok := envoy.NormalizePath(f.Message.Path, level, parameters)
	if !ok {
		return bad(400, "path_normalization_failed")
	}
	if path == f.Message.Path {
		return flow.Unseen(f)
	}
	r := flow.Pass(f)
	r.Note, r.Facts = flow.NotePathNormalized, []string{f.Message.Path, path}
	r.Resource = s.Config.Field("pathNormalization.normalization")
	if !parameters && strings.Contains(f.Message.Path, ";") {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NotePathParametersByPatch, Facts: []string{f.Message.Path}})
	}
	f.Message.Path = path
	r.Next[0].Flow = f
	return r
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
