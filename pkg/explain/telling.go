package explain

import (
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// always are the stages that are worth a row whatever they found: what the bytes are wrapped in, and who gets the request.
var always = map[string]bool{"clientTLS": true, "peerAuthentication": true, "application": true, "gatewayListener": true}

// tellingNotes are worth a row by what was found.
var tellingNotes = map[flow.Note]bool{
	flow.NoteClientWithoutSidecar: true, flow.NoteClientNotEnrolled: true, flow.NoteClientOptedOut: true, flow.NoteClientOnHostNetwork: true, flow.NoteClientNotCaptured: true, flow.NoteClientKubelet: true, flow.NoteScopeSidecar: true,
	flow.NoteNoListener: true, flow.NoteNoChain: true, flow.NoteNotHTTPOnHTTPPort: true, flow.NoteListenerTCP: true, flow.NoteHostUnknown: true,
	flow.NotePassedThrough: true, flow.NoteServerNotCaptured: true, flow.NoteProbeForwarded: true, flow.NotePathNormalized: true, flow.NoteDestinations: true,
	flow.NoteIngressEndpoint: true, flow.NoteOriginalDestination: true, flow.NotePodDialled: true, flow.NoteLeaves: true, flow.NoteOuterAddress: true,
}

// quiet are the stages that only say where the way goes on.
var quiet = map[string]bool{"dial": true, "virtualHost": true, "destination": true, "endpoints": true, "network": true, "listener": true, "capture": true, "codec": true}

// Telling reports whether a stage of a hop is worth a row of the short table.
func (h *Hop) Telling(i int) bool {
	s := h.Stages[i]
	switch {
	case s.Assumed:
		return false
	case s.Effect == flow.Rejected, s.Effect == flow.Maybe:
		return true
	case s.Stage == "cluster" && s.Resource != nil:
		return h.tlsBy(s) == nil // else the row on TLS tells of the rule
	case always[s.Stage], tellingNotes[flow.Note(s.Reason)]:
		return true
	case s.Effect == flow.Idle, s.Resource == nil, quiet[s.Stage]:
		return false
	}
	return s.Resource.Kind != mesh.Service && s.Resource.Kind != mesh.Pod
}

// tlsBy is the row on TLS that a DestinationRule decides; nil where it decides nothing there.
func (h *Hop) tlsBy(cluster Stage) *Stage {
	for i, s := range h.Stages {
		if s.Stage == "clientTLS" && s.Resource != nil && cluster.Resource != nil && s.Resource.Object() == cluster.Resource.Object() {
			return &h.Stages[i]
		}
	}
	return nil
}

// Beaten are the other objects that lost against the one that decides at a stage, with the reason for each.
func (h *Hop) Beaten(i int) []string {
	out := beaten(h.Stages[i])
	for _, s := range h.Stages {
		if s.Stage == "cluster" && s.Resource != nil && h.tlsBy(s) == &h.Stages[i] {
			out = append(out, beaten(s)...)
		}
	}
	return out
}

func beaten(s Stage) []string {
	if s.Resource == nil {
		return nil
	}
	var out []string
	for _, c := range s.Candidates {
		if !c.Applies && c.By != nil && c.By.Object() == s.Resource.Object() && c.Resource.Object() != s.Resource.Object() {
			out = append(out, c.Resource.ID()+" ("+catalogue.Text(c.Why)+")")
		}
	}
	return out
}
