// Package question reads what somebody asks, from flags or from a file of expectations, and binds it to a snapshot.
package question

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Question is a question as it was asked, before anything is looked up.
type Question struct {
	From     string // pod, pod.ns, ns/pod, deploy/NAME, sa/NAME, we/NAME, outside, kubelet
	To       string // service, pod/NAME, deploy/NAME, address or URL
	SourceIP string
	Via      string
	Method   string
	Path     string
	Host     string // authority, if other than the URL's
	Headers  flow.Headers
	Token    string // sent as a bearer token
	TCP      bool
	Insecure bool
	Protocol string // HTTP/1.0, HTTP/1.1 or HTTP/2
	Now      time.Time

	Keys           *jwtauthn.Keys
	AssumeJWTValid bool
	Namespace      string // of names that name none
}

// Bind looks the names up and makes a request of the question. Errors name what was not found and what is like it.
func (q Question) Bind(s *mesh.Snapshot) (*flow.Request, error) {
	if q.kubeletAsks(s) {
		var err error
		if q, err = q.probe(s); err != nil {
			return nil, err
		}
	}
	r, err := q.Message()
	if err != nil {
		return nil, err
	}
	if err := q.source(s, r); err != nil {
		return nil, err
	}
	if err := q.protocol(r); err != nil {
		return nil, err
	}
	if err := q.destination(s, r); err != nil {
		return nil, err
	}
	if err := q.via(s, r); err != nil {
		return nil, err
	}
	return r, nil
}

// Message is what is sent, without what follows from source and destination. Its authority is empty if the destination's is to be used.
func (q Question) Message() (*flow.Request, error) {
	r := &flow.Request{Method: strings.TrimSpace(q.Method), Headers: q.Headers, Insecure: q.Insecure, Now: q.Now, Keys: q.Keys, AssumeJWTValid: q.AssumeJWTValid}
	if r.Method == "" {
		r.Method = "GET"
	}
	if strings.ContainsAny(r.Method, " \t\r\n:/") {
		return nil, fmt.Errorf("%q is not an HTTP method; write it as in -X POST", redact.Word(r.Method))
	}
	if h, ok := r.Headers.Get("host"); ok {
		r.Authority = h
		r.Headers = r.Headers.Without("host")
	}
	if q.Host != "" {
		r.Authority = q.Host
	}
	if q.Token != "" {
		r.Headers = r.Headers.Add("authorization", "Bearer "+q.Token)
	}
	return r, bounded(r.Headers)
}

// maxHeaders is how many headers a proxy takes (envoy: config.core.v3.HttpProtocolOptions.max_headers_count).
const maxHeaders = 100

// bounded refuses more headers than a proxy takes. It would answer 431, and no resource is responsible for that.
func bounded(headers flow.Headers) error {
	if len(headers) > maxHeaders {
		return fmt.Errorf("the request has %d headers; a proxy takes %d and answers 431 to more", len(headers), maxHeaders)
	}
	return nil
}

func (q Question) protocol(r *flow.Request) error {
	switch strings.ToUpper(q.Protocol) {
	case "", "HTTP/1.1":
	case "HTTP/1.0":
		r.HTTP10 = true
	case "HTTP/2", "HTTP/2.0", "H2", "H2C":
		r.HTTP2 = true
	default:
		return fmt.Errorf("protocol %q is none of HTTP/1.0, HTTP/1.1, HTTP/2", q.Protocol)
	}
	return nil
}

// via is the gateway that is dialled in place of the URL's host: name.namespace, a pod's or an IP address, with or without a port.
func (q Question) via(s *mesh.Snapshot, r *flow.Request) error {
	if q.Via == "" {
		if r.Outside() {
			return q.onlyGateway(s, r)
		}
		return nil
	}
	name, port, err := splitPort(q.Via)
	if err != nil {
		return fmt.Errorf("--via %q: %w", q.Via, err)
	}
	if pod, err := q.podNamed(s, strings.TrimPrefix(name, "pod/")); err == nil && !isService(s, q.Namespace, name) {
		addresses := mesh.Addresses(pod)
		if len(addresses) == 0 {
			return fmt.Errorf("--via %q: pod %s/%s has no address yet", q.Via, pod.Namespace, pod.Name)
		}
		name = addresses[0].String()
	}
	r.Via = &flow.Via{Name: name, Port: port}
	targets, found, gaps := dns.Lookup(s, namespaceOf(r, q.Namespace), false, name, r.Port)
	if !found && len(gaps) == 0 && !strings.Contains(strings.TrimSuffix(name, "."), ".") {
		return fmt.Errorf("--via %q: there is no Service of that name in namespace %s%s; write NAME.NAMESPACE", q.Via, namespaceOf(r, q.Namespace), nearServices(s, name))
	}
	if found && !targets[0].IP.IsValid() && targets[0].Host == nil {
		if _, err := netip.ParseAddr(name); err != nil {
			return fmt.Errorf("--via %q: there is no Service of that name%s; write NAME.NAMESPACE[:PORT] of a gateway's Service or pod", q.Via, nearServices(s, name))
		}
	}
	return nil
}

func namespaceOf(r *flow.Request, fallback string) string {
	if ns := r.Namespace(); ns != "" {
		return ns
	}
	return fallback
}

func splitPort(s string) (host string, port int, err error) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errors.New("the bracket of the IPv6 address is not closed")
		}
		host, s = s[:end+1], s[end+1:]
		if s == "" {
			return host, 0, nil
		}
	} else {
		i := strings.LastIndexByte(s, ':')
		if i < 0 || strings.Count(s, ":") > 1 {
			return s, 0, nil
		}
		host, s = s[:i], s[i:]
	}
	number := strings.TrimPrefix(s, ":")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 65535 || number != strconv.Itoa(n) {
		return "", 0, fmt.Errorf("%q is not a port (1 to 65535)", redact.Word(number))
	}
	return host, n, nil
}
