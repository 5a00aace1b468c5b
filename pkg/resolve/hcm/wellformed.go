package hcm

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// malformed tells what a proxy's HTTP/1.1 codec takes for an error of the protocol, which it answers before anything else looks at the
// request: an unknown method, an authority with characters that none has, and headers of more than 60 KiB, Envoy's default
// (envoy: source/common/http/http1/codec_impl.cc; max_request_headers_kb). It returns the status and what is wrong; 0 where nothing is.
func malformed(f flow.Flow) (status int, what string) {
	m := f.Message
	size := len(m.Method) + len(m.Path) + len(m.Authority)
	for _, h := range m.Headers {
		size += len(h.Name) + len(h.Value)
	}
	if size > maxHeaders {
		return 431, "headers"
	}
	if f.ArrivesAsHTTP2() {
		return 0, ""
	}
	if !slices.Contains(methods, m.Method) {
		return 400, m.Method
	}
	if strings.ContainsFunc(m.Authority, func(r rune) bool { return !strings.ContainsRune(authorityChars, r) }) {
		return 400, m.Authority
	}
	return 0, ""
}

const maxHeaders = 60 * 1024

// authorityChars are those that an authority can have (RFC 3986, as nghttp2 checks it).
const authorityChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@[]%"

// methods are those that the parser knows, in upper case only (envoy: source/common/http/http1/balsa_parser.cc, kValidMethods). CONNECT
// is left out: its target is an authority, and a path in that place is malformed.
var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "TRACE", "ACL", "BIND", "CHECKOUT", "COPY", "LINK",
	"LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND", "REPORT", "SEARCH",
	"SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"}

// refusedUpgrade tells a wish for another protocol that the proxy does not know: websocket is the only one that Istio allows, and h2c is
// never heeded (upgrade_configs of pilot/pkg/networking/core/listener_builder.go).
func refusedUpgrade(f flow.Flow) bool {
	connection, _ := f.Message.Headers.Get("connection")
	to, _ := f.Message.Headers.Get("upgrade")
	wanted := strings.Contains(strings.ToLower(connection), "upgrade") && to != "" && !f.ArrivesAsHTTP2()
	return wanted && !strings.EqualFold(to, "websocket") && !strings.EqualFold(to, "h2c")
}

// queryWithoutType tells a QUERY request that does not say what its content is.
func queryWithoutType(f flow.Flow) bool {
	_, has := f.Message.Headers.Get("content-type")
	return f.Message.Method == "QUERY" && !has
}
