// Package findings finds what is worth knowing beside the verdict: objects that a request met, or should have met, and that do not do what
// they look like. A rule is a function over the walk of one request; it is silent unless its object bears on that request, and where
// something that it rests on could not be read. There are no sentences here: findings are codes with arguments.
package findings
