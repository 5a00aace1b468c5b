// Package config holds VirtualServices and Gateway servers as istiod sees them before any proxy is known: short names completed, delegates
// merged, exports resolved. What the Gateway API says comes in the same terms (see package gatewayapi).
package config
