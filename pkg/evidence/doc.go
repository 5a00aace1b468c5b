// Package evidence holds what every decision rests on: truth values that may be unknown, and the comparisons that they come from.
package evidence
