// Package ingress makes of Kubernetes' Ingress objects what istiod makes of them: a Gateway of each, and a VirtualService for each host
// (pilot/pkg/config/kube/ingress).
package ingress
