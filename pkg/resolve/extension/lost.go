package extension

import (
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Why patches do nothing.
const (
	otherVersion  precedence.LossReason = "PatchForOtherVersion"
	otherMetadata precedence.LossReason = "PatchForOtherMetadata"
	oldType       precedence.LossReason = "PatchOfOldType"
	oldName       precedence.LossReason = "PatchByOldName"
	noPatch       precedence.LossReason = "PatchOfNothing"
	noAnchor      precedence.LossReason = "PatchWithoutAnchor"
	noOperation   precedence.LossReason = "PatchWithoutEffect"
	filterGone    precedence.LossReason = "FilterRemoved" // a policy whose filter is not in the chain
	proxyRefuses  precedence.LossReason = "ProxyRefuses"  // a patch that the proxy does not take
)

func lossReason(w envoyfilter.Loss) precedence.LossReason {
	return map[envoyfilter.Loss]precedence.LossReason{envoyfilter.OtherVersion: otherVersion, envoyfilter.OtherMetadata: otherMetadata, envoyfilter.OldType: oldType,
		envoyfilter.OldName: oldName, envoyfilter.NoPatch: noPatch, envoyfilter.NoAnchor: noAnchor, envoyfilter.NoOperation: noOperation}[w]
}

// lostNote is the finding for a patch that does nothing though somebody believes in it; one for another version is meant to.
func lostNote(w envoyfilter.Loss) flow.Note {
	return map[envoyfilter.Loss]flow.Note{envoyfilter.OldType: flow.NoteExtensionOldType, envoyfilter.OldName: flow.NoteExtensionOldName,
		envoyfilter.NoAnchor: flow.NoteExtensionNoAnchor, envoyfilter.NoOperation: flow.NoteExtensionNoEffect}[w]
}
