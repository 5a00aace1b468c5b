package flow

import "slices"

// bare are the notes of clients that have no proxy: nothing is wrong with what they send but that.
var bare = []Note{NoteClientWithoutSidecar, NoteClientNotEnrolled, NoteClientOptedOut, NoteClientOnHostNetwork, NoteClientIsGateway}

// Bare reports whether a note is that the client has no proxy for what it sends.
func (n Note) Bare() bool { return slices.Contains(bare, n) }
