// Package capture selects which connections of a pod pass a ztunnel, and which pods are reached through an HBONE tunnel. It decides by
// what istio-cni did to the pod, never by the labels that ask for it; the labels tell whether the two agree.
package capture
