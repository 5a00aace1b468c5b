// Package dns finds what a name leads to: for a program in the cluster, for a proxy that resolves names, for istiod.
package dns
