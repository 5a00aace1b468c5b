// Package resolve walks a request through the mesh. Each proxy on the way is a hop, each rule of a proxy a [Stage]; a stage takes the
// [Flow], what is known of the request so far, and returns a [Result] with everything it looked at. [Run] builds the tree of results,
// [Decide] folds it into a [Verdict] and looks at nothing else. There are no sentences here: reasons are codes.
package resolve
