// Package listeners makes servers of the listeners of Gateways and ListenerSets, and says which of them are served and which routes they
// take (pilot/pkg/config/kube/gateway, pilot/pkg/config/kube/gatewaycommon).
package listeners
