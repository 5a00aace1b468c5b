// Package precedence selects: of the objects that could apply, which one does, and why each other one does not. Its functions are
// pure; every one returns the losers with the winner, so that a table can show what it rested on.
package precedence
