// Package manifest reads files of Kubernetes objects into a [mesh.Snapshot]: as a stream, object by object, within bounds of size and memory. It is
// strict with Istio's objects: a field that their schema does not have is an error, because the API server would drop it without a word.
package manifest
