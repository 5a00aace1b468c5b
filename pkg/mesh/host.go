package mesh

import "strings"

// DomainSuffix ends the names of Services. No resource tells of another one, so it is taken as given.
const DomainSuffix = "cluster.local"

// IsWild reports whether a host is a wildcard: it begins with a star.
func IsWild(host string) bool { return strings.HasPrefix(host, "*") }

// HostsOverlap reports whether two hosts have a name in common (pkg/config/host/name.go, Matches).
func HostsOverlap(a, b string) bool {
	switch {
	case IsWild(a) && IsWild(b):
		if len(a) < len(b) {
			return strings.HasSuffix(b[1:], a[1:])
		}
		return strings.HasSuffix(a[1:], b[1:])
	case IsWild(a):
		return strings.HasSuffix(b, a[1:])
	case IsWild(b):
		return strings.HasSuffix(a, b[1:])
	}
	return a == b
}

// HostWithin reports whether every name of host belongs to pattern (pkg/config/host/name.go, SubsetOf).
func HostWithin(host, pattern string) bool {
	switch {
	case IsWild(host) && IsWild(pattern):
		return len(host) >= len(pattern) && strings.HasSuffix(host[1:], pattern[1:])
	case IsWild(host):
		return false
	case IsWild(pattern):
		return strings.HasSuffix(host, pattern[1:])
	}
	return host == pattern
}

// MoreSpecific reports whether host a comes before host b where both match: names before wildcards, then the longer, then the one
// that sorts first (pkg/config/host/names.go).
func MoreSpecific(a, b string) bool {
	if IsWild(a) != IsWild(b) {
		return IsWild(b)
	}
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a < b
}

// ResolveHost completes a host as istiod does: a name without a dot belongs to the namespace of the object that holds it, never to
// the client's; anything else is taken as it stands (pilot/pkg/model/config.go, ResolveShortnameToFQDN).
func ResolveHost(host, namespace string) string {
	if host == "" || strings.ContainsAny(host, ".*:") {
		return host
	}
	return ServiceHost(host, namespace)
}

// ServiceHost is the host name of a Kubernetes Service.
func ServiceHost(name, namespace string) string {
	return name + "." + namespace + ".svc." + DomainSuffix
}

// SplitServiceHost takes a Kubernetes Service's host name apart.
func SplitServiceHost(host string) (name, namespace string, ok bool) {
	rest, ok := strings.CutSuffix(host, ".svc."+DomainSuffix)
	if !ok {
		return "", "", false
	}
	name, namespace, ok = strings.Cut(rest, ".")
	return name, namespace, ok && !strings.Contains(namespace, ".")
}
