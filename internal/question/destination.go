package question

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// destination reads where the request goes. A host without a scheme is a Service, a pod (pod/NAME), a workload
// (deploy/NAME) or an address.
func (q Question) destination(s *mesh.Snapshot, r *flow.Request) error {
	to := q.To
	if to == "" {
		return fmt.Errorf("the destination is missing: name a Service as SERVICE.NAMESPACE:PORT, or a URL")
	}
	shown := redact.Word(to)
	if m := withoutSlashes.FindStringSubmatch(to); m != nil && !strings.HasPrefix(to, m[1]+"://") {
		return fmt.Errorf("destination %q: a URL has two slashes after the colon: %s://%s", shown, m[1], strings.TrimLeft(strings.TrimPrefix(shown, m[1]+":"), "/"))
	}
	scheme, rest, isURL := strings.Cut(to, "://")
	if !isURL {
		scheme, rest = "", to
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "", "http", "https", "tcp":
	default:
		return fmt.Errorf("destination %q: scheme %q is none of http, https, tcp", shown, redact.Word(scheme))
	}
	pod := !isURL && (strings.HasPrefix(rest, "pod/") || strings.HasPrefix(rest, "pods/"))
	if pod {
		_, rest, _ = strings.Cut(rest, "/")
	}
	if !pod && !isURL {
		var err error
		if rest, err = q.spelled(s, rest); err != nil {
			return err
		}
	}
	hostPort, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		hostPort, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(hostPort, '@'); i >= 0 {
		return fmt.Errorf("destination: a user name or password in the URL is not supported; send it as a header")
	}
	host, port, err := splitPort(hostPort)
	if err != nil {
		return fmt.Errorf("destination %q: %w", shown, err)
	}
	if err := checkHost(host); err != nil && !pod {
		return fmt.Errorf("destination %q: %w", shown, err)
	}
	if pod {
		if host, err = q.podAddress(s, host); err != nil {
			return err
		}
	}
	r.Host, r.Port, r.Scheme = host, port, scheme
	if err := q.bytes(scheme, path); err != nil {
		return err
	}
	if err := q.complete(s, r); err != nil {
		return err
	}
	return q.requestLine(r, path)
}

// bytes refuses what only HTTP can carry, of a request that is to be none.
func (q Question) bytes(scheme, path string) error {
	if !q.TCP && scheme != "tcp" {
		return nil
	}
	var parts []string
	for _, part := range []struct {
		name  string
		given bool
	}{
		{"method", q.Method != "" && q.Method != "GET"}, {"path", q.Path != "" || strings.Trim(path, "/") != ""}, {"host", q.Host != ""},
		{"headers", len(q.Headers) > 0}, {"token", q.Token != ""},
	} {
		if part.given {
			parts = append(parts, part.name)
		}
	}
	if len(parts) > 0 {
		return fmt.Errorf("--tcp and tcp:// send plain TCP, not HTTP: leave out the %s, or use an http:// URL", strings.Join(parts, ", "))
	}
	return nil
}

func (q Question) podAddress(s *mesh.Snapshot, name string) (string, error) {
	p, err := q.podNamed(s, name)
	if err != nil {
		return "", err
	}
	return addressOf(p)
}

// addressOf is a pod's address as a host of a URL.
func addressOf(p *corev1.Pod) (string, error) {
	addresses := mesh.Addresses(p)
	if len(addresses) == 0 {
		return "", fmt.Errorf("pod %s/%s has no address yet", p.Namespace, p.Name)
	}
	if addresses[0].Is6() {
		return "[" + addresses[0].String() + "]", nil
	}
	return addresses[0].String(), nil
}

// complete finds the port and the scheme that were left out: a Service's only port, else 80; TLS where the port is declared so.
func (q Question) complete(s *mesh.Snapshot, r *flow.Request) error {
	bare := r.Scheme == ""
	host := q.host(s, r)
	if bare {
		r.Scheme = "http"
		if q.TCP {
			r.Scheme = "tcp"
		}
	} else if q.TCP {
		r.Scheme = "tcp"
	}
	if r.Port == 0 && !bare {
		r.Port = map[string]int{"http": 80, "https": 443, "tcp": 0}[r.Scheme]
	}
	if r.Port == 0 {
		if err := q.defaultPort(host, r); err != nil {
			return err
		}
	}
	if bare && !q.TCP && host != nil {
		if p, ok := host.Port(r.Port); ok {
			switch {
			case p.Protocol.IsTLS():
				r.Scheme = "https"
			case p.Protocol == mesh.Mongo, p.Protocol == mesh.Redis, p.Protocol == mesh.MySQL:
				r.Scheme = "tcp"
			}
		}
	}
	return nil
}

func (q Question) defaultPort(host *mesh.Host, r *flow.Request) error {
	switch {
	case host == nil, len(host.Ports) == 0:
		if r.Scheme == "tcp" {
			return fmt.Errorf("destination %q: plain TCP needs a port; write HOST:PORT", redact.Word(q.To))
		}
		r.Port = 80
	case len(host.Ports) == 1:
		r.Port = host.Ports[0].Number
	default:
		if _, ok := host.Port(80); ok && r.Scheme != "tcp" {
			r.Port = 80
			return nil
		}
		return fmt.Errorf("destination %q: %s has the ports %s; add one after the name", redact.Word(q.To), host.Ref, host.PortList())
	}
	return nil
}

// host is the Service or the ServiceEntry that the destination names; nil where it names none.
func (q Question) host(s *mesh.Snapshot, r *flow.Request) *mesh.Host {
	name := strings.ToLower(strings.TrimSuffix(r.Host, "."))
	targets, found, _ := dns.Lookup(s, namespaceOf(r, q.Namespace), false, name, r.Port)
	if found && targets[0].Host != nil {
		return targets[0].Host
	}
	for _, h := range s.HostsNamed(name) {
		return h
	}
	return nil
}

// requestLine fills in the path, and the authority where none was asked for.
func (q Question) requestLine(r *flow.Request, path string) error {
	if q.Path != "" {
		if path != "" && path != "/" {
			return fmt.Errorf("the path is given twice: in the destination and with --path %q", redact.Word(q.Path))
		}
		path = q.Path
	}
	path, _, _ = strings.Cut(path, "#")
	if !strings.HasPrefix(path, "/") && path != "*" {
		path = "/" + path
	}
	if i := strings.IndexFunc(path, func(c rune) bool { return c <= ' ' || c == 0x7f }); i >= 0 {
		return fmt.Errorf("path %q contains a space or a control character; write it percent-encoded", redact.Word(path))
	}
	r.Path = path
	if _, own := q.Headers.Get("host"); own || q.Host != "" {
		return nil
	}
	r.Authority = r.Host
	if !(r.Scheme == "http" && r.Port == 80 || r.Scheme == "https" && r.Port == 443) {
		r.Authority += ":" + strconv.Itoa(r.Port)
	}
	return nil
}

func isService(s *mesh.Snapshot, namespace, name string) bool {
	targets, found, _ := dns.Lookup(s, namespace, false, name, 0)
	return found && targets[0].IP.IsValid()
}

func nearServices(s *mesh.Snapshot, name string) string {
	hosts, _ := s.Hosts()
	var names []string
	for _, h := range hosts {
		if h.Kube {
			names = append(names, h.Ref.Name+"."+h.Namespace)
		}
	}
	return suggest.Hint(name, names)
}
