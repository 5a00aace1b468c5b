// Package walk holds what rules of findings look at: the proxies that a request passes, with what came of each stage, the policies that act
// there, and what the request would get in another mesh.
package walk
