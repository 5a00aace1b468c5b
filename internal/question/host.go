package question

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// hostLabel is a part of a host's name. Underscores are in no name of Kubernetes, but in some of the internet's.
var hostLabel = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

// allNumbers finds what a resolver takes for an IPv4 address, whose parts may also be few, octal or hexadecimal (inet_aton, RFC 6943 section
// 3.1.1): what it means differs between programs.
var allNumbers = regexp.MustCompile(`^(?:(?:0[xX][0-9A-Fa-f]*|[0-9]*)(?:\.|$))+$`)

// checkHost tells why a destination's host can be none: no client could send a request there, whatever the mesh says.
func checkHost(host string) error {
	if host == "" {
		return errors.New("the host is missing")
	}
	shown := redact.Word(host)
	if strings.ContainsAny(host, ":[]") {
		bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if ip, err := netip.ParseAddr(bare); err != nil || !ip.Is6() {
			return fmt.Errorf("%q is not an IPv6 address", shown)
		}
		return nil
	}
	if strings.Contains(host, "*") {
		return fmt.Errorf("a request goes to one host; write one of those that %q stands for", shown)
	}
	if allNumbers.MatchString(host) {
		if _, err := netip.ParseAddr(host); err != nil {
			return fmt.Errorf("%q is not an address: an IPv4 address has four numbers from 0 to 255", shown)
		}
		return nil
	}
	name := strings.TrimSuffix(host, ".")
	const most = 253 // RFC 1035, section 2.3.4
	if len(name) > most {
		return fmt.Errorf("the name of the host has %d characters; %d is the most", len(name), most)
	}
	for _, label := range strings.Split(name, ".") {
		if !hostLabel.MatchString(label) {
			return fmt.Errorf("%q is not the name of a host", shown)
		}
	}
	return nil
}

// withoutSlashes finds a URL whose slashes are missing. A Service may be called http, and then a port follows.
var withoutSlashes = regexp.MustCompile(`^(https?|tcp):(?:/?[^/0-9]|/?[0-9]+\.)`)
