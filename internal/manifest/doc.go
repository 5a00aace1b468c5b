// Package manifest reads files of Kubernetes objects into a [mesh.Snapshot] and writes a snapshot as such files. It is strict with
// Istio's objects: a field that their schema does not have is an error, because the API server would drop it without a word.
package manifest
