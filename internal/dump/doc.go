// Package dump writes a [mesh.Snapshot] as a file that can be sent to somebody: package manifest reads it again, the answers are the same, and no secret
// is in it.
package dump
