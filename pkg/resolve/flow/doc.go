// Package flow holds the request on its way and what is found out about it: the parties and places that it passes, the results of stages,
// their reasons, notes and outcomes, and the tree that they make. There are no rules here.
package flow
