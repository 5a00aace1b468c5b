package hcm

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// managed are the fields that EnvoyFilters merge into the connection manager; none where no such patch reaches it.
func managed(f flow.Flow) message.Message {
	if f.Extended == nil {
		return nil
	}
	return f.Extended.Manager.Set
}

// manager is the patch that they come from, the last of several.
func manager(f flow.Flow) mesh.Ref {
	if f.Extended == nil || len(f.Extended.ManagedBy) == 0 {
		return mesh.Ref{}
	}
	return f.Extended.ManagedBy[len(f.Extended.ManagedBy)-1].Ref
}

// overhead is how much other proxies of a mesh add to the headers of a request, in bytes, at most: identities of requests, traces, addresses.
const overhead = 600

// accept refuses requests for their headers as patches of the connection manager say.
func accept(f flow.Flow) (flow.Result, bool) {
	by := manager(f)
	if by.IsZero() {
		return flow.Result{}, false
	}
	headers := map[string][]string{}
	for _, h := range f.Message.Headers {
		headers[h.Name] = append(headers[h.Name], h.Value)
	}
	m := f.Message
	e := f.Extended.Manager.Accept(&matching.Request{Method: m.Method, Path: m.Path, Authority: m.Authority, Scheme: f.SchemeHeader()}, headers, overhead)
	if e.Ends == effect.Never {
		return flow.Result{}, false
	}
	a := e.Answers[0]
	o := f.Replies(a.Status, flow.BadRequest, a.Details, a.Flags...)
	o.Body, o.By, o.Args = a.Body, flow.By(flow.Cause, by), []string{a.Body}
	r := flow.End(o)
	r.Resource, r.Candidates = by, []flow.Candidate{{Ref: by, Applies: true, Matches: evidence.True}}
	if e.Ends == effect.Perhaps {
		r.Doubt(mesh.Gap{Kind: by.Kind, Namespace: by.Namespace, Cause: mesh.Unsupported, Resource: by})
		r.Next = []flow.Branch{{Flow: f, Share: 1}}
	}
	return r, true
}

// authority takes the port and the last dot off the request's authority where patches say so, and drops headers with underscores.
func authority(f flow.Flow) flow.Flow {
	if f.Extended == nil {
		return f
	}
	f.Message.Authority = f.Extended.Manager.Authority(f.Message.Authority, f.Dial.Port)
	if f.Extended.Manager.Set.At("common_http_protocol_options").Text("headers_with_underscores_action") == "DROP_HEADER" {
		for _, h := range f.Message.Headers {
			if strings.Contains(h.Name, "_") {
				f.Message.Headers = f.Message.Headers.Without(h.Name)
			}
		}
	}
	return f
}

// patchedLevel is how far paths are normalised, with what patches add. A patch that sets a field to false changes nothing.
func patchedLevel(level envoy.Normalization, set message.Message) envoy.Normalization {
	if set.Flag("normalize_path") {
		level = max(level, envoy.Base)
	}
	if set.Flag("merge_slashes") && level >= envoy.Base {
		level = max(level, envoy.MergeSlashes)
	}
	return level
}

var slashes = strings.NewReplacer("%2F", "/", "%2f", "/", "%5C", "\\", "%5c", "\\")

// escapedSlashes does to escaped slashes what a patch asks for: it has them refused, or decoded here or by the client.
func escapedSlashes(f *flow.Flow, action string) (flow.Outcome, bool) {
	path, query, has := strings.Cut(f.Message.Path, "?")
	decoded := slashes.Replace(path)
	if decoded == path {
		return flow.Outcome{}, false
	}
	if has {
		decoded += "?" + query
	}
	by := flow.By(flow.Cause, manager(*f))
	switch action {
	case "REJECT_REQUEST":
		o := f.Replies(400, flow.BadRequest, "path_normalization_failed")
		o.By, o.Args = by, []string{o.Details}
		return o, true
	case "UNESCAPE_AND_REDIRECT":
		o := f.Replies(307, flow.Redirected, "path_normalization_failed")
		o.Location, o.By = decoded, by
		o.Args = []string{decoded}
		return o, true
	case "UNESCAPE_AND_FORWARD":
		f.Message.Path = decoded
	}
	return flow.Outcome{}, false
}
