// Package application holds the end of the way: whether the application listens, and whether it speaks what arrives.
package application
