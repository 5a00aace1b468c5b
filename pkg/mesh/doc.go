// Package mesh is the normal form of what was read of a mesh: the objects, where they were looked for, and what could not be
// read. It does no I/O and knows no rule of precedence; [Snapshot] is the only input of a decision.
package mesh
