package resolve

import (
	"slices"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// codec is what a proxy does to every request that it reads as HTTP: it normalises the path, and refuses what is no request.
func codec(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed || !f.L7 || f.Unrouted && f.At.Role == Caller {
		return Result{}
	}
	bad := func(status int, details string) Result {
		o := f.replies(status, BadRequest, details)
		r := ends(o)
		r.Facts = []string{details}
		return r
	}
	if f.Message.Method == "QUERY" {
		if _, has := f.Message.Headers.Get("content-type"); !has {
			return bad(400, "query_missing_content_type")
		}
	} else if !f.arrivesAsHTTP2() && !slices.Contains(methods, f.Message.Method) {
		r := bad(400, "")
		r.With.Flags = []string{"DPE"}
		r.Facts = []string{f.Message.Method}
		return r
	}
	if f.Request.HTTP10 && !f.Message.HTTP2 {
		return bad(426, "low_version")
	}
	if f.Message.Authority == "" {
		return bad(400, "missing_host_header")
	}
	level := normalization(s.Config)
	parameters := !s.Version.Proxy.Before(mesh.Release{Major: 1, Minor: 31})
	path, ok := envoy.NormalizePath(f.Message.Path, level, parameters)
	if !ok {
		return bad(400, "path_normalization_failed")
	}
	if path == f.Message.Path {
		return silent(f)
	}
	r := passes(f)
	r.Note, r.Facts = NotePathNormalized, []string{f.Message.Path, path}
	r.Resource = s.Config.Field("pathNormalization.normalization")
	if !parameters && strings.Contains(f.Message.Path, ";") {
		r.Notes = append(r.Notes, Finding{Code: NotePathParametersByPatch, Facts: []string{f.Message.Path}})
	}
	f.Message.Path = path
	r.Next[0].Flow = f
	return r
}

// methods are those that Envoy's parser of HTTP/1.1 knows, as they are written here; any other one is an error of the protocol
// (envoy: source/common/http/http1/balsa_parser.cc, kValidMethods).
var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK",
	"MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND", "REPORT", "SEARCH", "SOURCE",
	"SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"}

// arrivesAsHTTP2 tells which HTTP a proxy reads: what the proxy before it speaks, else what the client does.
func (f Flow) arrivesAsHTTP2() bool {
	if f.Wire.Proxied {
		return f.Wire.HTTP2
	}
	return f.Message.HTTP2
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
