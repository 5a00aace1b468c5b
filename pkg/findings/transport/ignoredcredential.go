package transport

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ignoredCredential: a sidecar does not read the Secret that credentialName names unless the rule has a workloadSelector; TLS is left out
// without a word (pilot/pkg/networking/core/cluster_tls.go, buildUpstreamClusterTLSContext).
func ignoredCredential(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		if h.Left.Cluster != nil && h.Left.Wire.Why == flow.NoteCredentialDropped && h.Left.Wire.Chosen.Kind == mesh.DestinationRule {
			out = append(out, walk.Found(CredentialNameIgnored, h.Left.Wire.Chosen, h.Left.Cluster.Host.Name))
		}
	}
	return out
}
