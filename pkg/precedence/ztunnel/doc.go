// Package ztunnel selects what a ztunnel enforces on a pod, and what it makes of an address: AuthorizationPolicies and
// PeerAuthentications as istiod translates them for it, which is not what a sidecar would make of them. The rules are those of
// pilot/pkg/serviceregistry/ambient in Istio's repository and of src/rbac.rs and src/state.rs in ztunnel's.
package ztunnel
