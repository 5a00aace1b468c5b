package precedence

import "strconv"

// ServerName is the server name (SNI) that proxies send in mutual TLS for a port of a host; subset may be empty
// (pilot/pkg/model/service.go, BuildDNSSrvSubsetKey).
func ServerName(port int, subset, host string) string {
	return "outbound_." + strconv.Itoa(port) + "_." + subset + "_." + host
}
