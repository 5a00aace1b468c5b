// Package wildmesh makes meshes of bytes: objects of every kind that decides, with names, selectors and hosts out of small pools, so that they refer to each
// other, to nothing, to themselves, and in circles. Fuzzing looks through them for one that the program does not survive.
package wildmesh
