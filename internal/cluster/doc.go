// Package cluster reads a live cluster into a [mesh.Snapshot]. It only lists, and asks for nothing but what a decision reads; what is
// refused or fails becomes a [mesh.Gap].
package cluster
