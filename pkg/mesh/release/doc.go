// Package release knows releases of Istio, and what changed between them.
package release
