// Package gatewayapi translates resources of the Gateway API into the terms of package config, as istiod does, and says of every listener,
// route and backend that has no effect why it has none (pilot/pkg/config/kube/gateway).
package gatewayapi
