package logged

import (
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
)

// podName is how a pod is written on a command line.
func podName(p *corev1.Pod) string {
	if strings.Contains(p.Name, ".") {
		return p.Namespace + "/" + p.Name
	}
	return p.Name + "." + p.Namespace
}

const http2 = "HTTP/2"

// request is what a line tells of the message itself. Headers and tokens are in no log but for these.
func (l *locator) request(e *accesslog.Entry) question.Question {
	q := l.base
	q.Method = e.Method
	if strings.EqualFold(e.Protocol, http2) {
		q.Protocol = http2
	} else if strings.EqualFold(e.Protocol, "HTTP/1.0") {
		q.Protocol = "HTTP/1.0"
	}
	if e.UserAgent != "" && l.agent {
		q.Headers = q.Headers.Add("user-agent", e.UserAgent)
	}
	return q
}

// ask adds a question, once.
func (x *Sighting) ask(q question.Question) {
	for _, o := range x.Questions {
		if o.To == q.To && o.From == q.From && o.Via == q.Via && o.Protocol == q.Protocol {
			return
		}
	}
	x.Questions = append(x.Questions, q)
}

// withPort writes a host with its port; none where it is 0.
func withPort(host string, port int) string {
	if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// splitHost takes the port off a host; it is 0 where there is none.
func splitHost(s string) (host string, port int) {
	if a, ok := accesslog.Address(s); ok {
		return a.Addr().String(), int(a.Port())
	}
	name, digits, ok := strings.Cut(s, ":")
	if !ok {
		return s, 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return s, 0
	}
	return name, n
}

func parse(name string) netip.Addr {
	a, _ := netip.ParseAddr(strings.Trim(name, "[]"))
	return a.Unmap()
}

// slash makes a path of what a line has for one.
func slash(path string) string {
	if path == "" {
		return "/"
	}
	if !strings.HasPrefix(path, "/") && path != "*" {
		return "/" + path
	}
	return path
}
