//go:build !linux

package main

// faults are tried where limits of a process and its signals are what they are on Linux.
var faults map[string]func()
