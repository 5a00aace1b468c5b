// Package reach works out what a change of a mesh's resources does to other requests than the one that it is made for: every workload and
// somebody outside ask again, with each path and method that policies tell apart, and the answers are compared. It does no input and output.
package reach
