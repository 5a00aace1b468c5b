package mesh

import "strings"

// Protocol is what a port speaks, as it was declared.
type Protocol string

// The protocols that Istio tells apart (pkg/config/protocol/instance.go).
const (
	HTTP       Protocol = "HTTP"
	HTTP2      Protocol = "HTTP2"
	GRPC       Protocol = "GRPC"
	GRPCWeb    Protocol = "GRPC-Web"
	HTTPProxy  Protocol = "HTTP_PROXY"
	TCP        Protocol = "TCP"
	HTTPS      Protocol = "HTTPS"
	TLS        Protocol = "TLS"
	Mongo      Protocol = "Mongo"
	Redis      Protocol = "Redis"
	MySQL      Protocol = "MySQL"
	UDP        Protocol = "UDP"
	AutoDetect Protocol = "auto" // nothing recognised: looked at connection by connection
)

// Class is how a proxy handles a protocol (pilot/pkg/networking/networking.go, ModelProtocolToListenerProtocol).
type Class int

// The classes of protocols.
const (
	ClassAuto Class = iota // looked at connection by connection
	ClassHTTP
	ClassTCP
	ClassNone // not handled: UDP
)

func (c Class) String() string { return [...]string{"auto", "HTTP", "TCP", "none"}[c] }

// Class of the protocol.
func (p Protocol) Class() Class {
	switch p {
	case HTTP, HTTP2, GRPC, GRPCWeb, HTTPProxy:
		return ClassHTTP
	case TCP, HTTPS, TLS, Mongo, Redis, MySQL:
		return ClassTCP
	case UDP:
		return ClassNone
	}
	return ClassAuto
}

// IsTLS tells protocols whose bytes are TLS from the first one on.
func (p Protocol) IsTLS() bool { return p == HTTPS || p == TLS }

// IsHTTP2 tells protocols that are HTTP/2 on the wire.
func (p Protocol) IsHTTP2() bool { return p == HTTP2 || p == GRPC || p == GRPCWeb }

var protocols = map[string]Protocol{
	"tcp": TCP, "udp": UDP, "grpc": GRPC, "grpc-web": GRPCWeb, "http": HTTP, "http_proxy": HTTPProxy, "http2": HTTP2,
	"https": HTTPS, "tls": TLS, "mongo": Mongo, "redis": Redis, "mysql": MySQL,
}

// ParseProtocol reads a protocol's name without regard to case, as ServiceEntries, Sidecars and Gateways give it.
func ParseProtocol(s string) Protocol {
	if p, ok := protocols[strings.ToLower(s)]; ok {
		return p
	}
	return AutoDetect
}

// PortProtocol is the protocol of a Kubernetes Service's port: appProtocol if set, else the name up to its first dash, else what
// Istio knows of the number (pkg/config/kube/conversion.go, ConvertProtocol).
func PortProtocol(number int32, name, l4 string, appProtocol *string) Protocol {
	if l4 == "UDP" {
		return UDP
	}
	if appProtocol != nil {
		switch name = *appProtocol; name {
		case "kubernetes.io/h2c":
			return HTTP2
		case "kubernetes.io/ws":
			return HTTP
		case "kubernetes.io/wss":
			return HTTPS
		}
	}
	if len(name) >= len("grpc-web") && strings.EqualFold(name[:len("grpc-web")], "grpc-web") {
		return GRPCWeb
	}
	prefix, _, _ := strings.Cut(name, "-")
	if p := ParseProtocol(prefix); p != AutoDetect {
		return p
	}
	switch number {
	case 25, 53, 3306, 27017: // server-first protocols, which would hang if they were looked at
		return TCP
	}
	return AutoDetect
}
