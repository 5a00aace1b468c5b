package extension

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Clusters applies the patches of the cluster that was chosen, and tells of settings of a DestinationRule that are not modelled.
func Clusters(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Cluster == nil || f.NotIntercepted {
		return flow.Result{}
	}
	r := flow.Unseen(f)
	if more := upstream.UnmodelledPolicy(f); len(more) > 0 {
		free(&r, f, nil, more...)
	}
	switch {
	case f.Extended == nil:
	case ownCluster(s, f):
		more := unpatched(f, flow.NoteExtensionWaypointClusters, networking.EnvoyFilter_CLUSTER)
		r.Candidates, r.Notes = append(r.Candidates, more.Candidates...), append(r.Notes, more.Notes...)
	default:
		missed(&r, clusterMisses(s, f))
		patched := clusterPatches(s, f, r, socketOf(f))
		if patched.Passing != "" {
			r = patched
		}
	}
	if r.Passing == flow.Silent && len(r.Candidates) == 0 {
		return flow.Result{}
	}
	return r
}

// InboundCluster applies the patches of the cluster by which a server's proxy reaches its application.
func InboundCluster(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Extended == nil || f.NotIntercepted || f.At.Role != flow.ServerSidecar {
		return flow.Result{}
	}
	r := flow.Unseen(f)
	return clusterPatches(s, f, r, envoyfilter.NoSocket)
}

// socketOf is how the cluster's transport is written: by a rule, or by itself for endpoints that take mutual TLS.
func socketOf(f flow.Flow) envoyfilter.Socket {
	switch tls, _ := upstream.ClusterTLS(f.Cluster); {
	case tls == nil:
		return envoyfilter.AutoSocket
	case tls.Mode == networking.ClientTLSSettings_DISABLE:
		return envoyfilter.NoSocket
	}
	return envoyfilter.TLSSocket
}

// clusterPatches adds what the patches of a cluster do.
func clusterPatches(s *mesh.Snapshot, f flow.Flow, r flow.Result, socket envoyfilter.Socket) flow.Result {
	c := clusterOf(s, f)
	got := f.Extended.Patches.Cluster(c, socket)
	gone := got.Removed
	if gone == nil && got.Set.Text("name") != "" && got.Set.Text("name") != c.Name {
		gone = last(got.By) // routes do not find it by another name
	}
	for _, a := range f.Extended.Patches.Clusters(c.Context) {
		if a.Value.Text("name") == c.Name {
			if gone != nil {
				return flow.NotModelled(s, a.By.Ref) // it takes the place of the one that is removed
			}
			return refusedRoutes(s, f, r, a.By, envoyfilter.TakenName)
		}
	}
	switch {
	case gone != nil && !f.L7:
		return stop(r, f.Cut(f.Closed(flow.Outcome{Reason: flow.ClusterRemoved, Args: []string{c.Name}, By: flow.By(flow.Cause, gone.Ref)})), gone.Ref)
	case gone != nil:
		o := f.Replies(503, flow.ClusterRemoved, "cluster_not_found", "NC")
		o.By, o.Args = flow.By(flow.Cause, gone.Ref), []string{c.Name}
		if gone.Sure != evidence.True {
			may(&r, o, gone.Ref)
			return r
		}
		return stop(r, o, gone.Ref)
	case len(got.By) == 0 && len(got.Dropped) == 0:
		return flow.Result{}
	}
	for _, p := range append(got.Dropped, got.By...) {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Applies: true})
	}
	for _, p := range got.Dropped {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionNoEffect, Resource: p.Ref})
	}
	return clusterFields(s, f, r, got)
}

// clusterFields adds what the fields do that are merged into a cluster.
func clusterFields(s *mesh.Snapshot, f flow.Flow, r flow.Result, got envoyfilter.Clustered) flow.Result {
	set := got.Set
	switch {
	case effect.ClusterFields.Any(set, effect.Refuses):
		return refusedRoutes(s, f, r, last(got.By), envoyfilter.BadField)
	case effect.ClusterFields.Any(set, effect.Anything), set.Has("http2_protocol_options"), unsureCluster(got.Merged),
		set.Has("typed_extension_protocol_options") && !keepsHTTP1(f, set):
		failing := f.Replies(503, flow.Unmodelled, "")
		broken := f.Replies(502, flow.Unmodelled, "")
		free(&r, f, []flow.Outcome{failing, broken}, refs(got.By)...)
		return r
	case set.Has("transport_socket"):
		return withSocket(f, r, set.At("transport_socket"), last(got.By))
	}
	for _, field := range got.Replaced {
		if field == "thresholds" || set.Has("circuit_breakers") {
			presume(&r, f, effect.Effect{Ends: effect.UnderLoad, Answers: []effect.Answer{{Status: 503, Flags: []string{"UO"}, Details: "upstream_reset_before_response_started{overflow}"}}}, last(got.By).Ref)
			break
		}
	}
	return r
}

// unsureCluster reports whether a patch that may or may not apply to this proxy could change an answer by what it merges into a cluster. Limits
// that bite under load do not count.
func unsureCluster(m envoyfilter.Merged) bool {
	return slices.ContainsFunc(m.By, func(p *envoyfilter.Patch) bool {
		heavy := effect.ClusterFields.Weigh(p.Value, effect.Exact)
		return p.Sure != evidence.True && slices.ContainsFunc(heavy, func(field string) bool { return field != "circuit_breakers" })
	})
}

// withSocket: another transport takes the place of the one that istiod wrote. Plaintext is followed; what a patch writes of TLS is not.
func withSocket(f flow.Flow, r flow.Result, socket message.Message, by *envoyfilter.Patch) flow.Result {
	if socket.Text("name") != "envoy.transport_sockets.raw_buffer" {
		free(&r, f, []flow.Outcome{f.Replies(503, flow.Unmodelled, "")}, by.Ref)
		return r
	}
	f.PlainBy = by.Ref
	r.Passing, r.Resource, r.Note = flow.Passes, by.Ref, flow.NoteExtensionPlaintext
	r.Next[0].Flow = f
	return r
}

// keepsHTTP1 reports whether protocol options leave a cluster at HTTP/1.1 that is spoken to so: their entry takes the place of what istiod
// has written, its choice of HTTP/2 included.
func keepsHTTP1(f flow.Flow, set message.Message) bool {
	const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
	if names := set.Entries("typed_extension_protocol_options"); len(names) != 1 || names[0] != options {
		return false
	}
	m := set.At("typed_extension_protocol_options", options)
	plain := m.Has("use_downstream_protocol_config") && !f.ArrivesAsHTTP2() || m.At("explicit_http_config").Has("http_protocol_options")
	return plain && (f.Cluster == nil || !f.Cluster.HTTP2)
}
