package question

import (
	"errors"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Everywhere is the same question written so that it means the same whatever the namespace is that names belong to that name none. Its path
// stands in its destination, where a file of expectations has it.
func (q Question) Everywhere(s *mesh.Snapshot) (Question, error) {
	r, err := q.Bind(s)
	if err != nil {
		return q, err
	}
	o := q
	o.Namespace, o.Path = "", ""
	o.To = joinPath(q.To, q.Path)
	pick := func(field *string, fits func(*flow.Request) bool, texts ...string) {
		for _, t := range texts {
			*field = t
			if b, err := o.Bind(s); err == nil && fits(b) {
				return
			}
		}
	}
	if src := r.Source; src != nil {
		for _, t := range []string{q.From, q.From + "." + src.Namespace, src.Name + "." + src.Namespace, src.Namespace + "/" + src.Name} {
			if pod, err := (Question{From: t}).sourcePod(s); err == nil && pod == src {
				o.From = t
				break
			}
		}
	}
	via := o.Via
	o.Via = "127.0.0.1"
	if r.Via == nil {
		o.Via = ""
	}
	sameTo := func(b *flow.Request) bool {
		return b.Host == r.Host && b.Port == r.Port && b.Scheme == r.Scheme && b.Path == r.Path && b.Authority == r.Authority
	}
	full := r.Scheme + "://" + hostPort(r.Host, r.Port)
	if !r.Raw() {
		full += r.Path
	}
	pick(&o.To, sameTo, o.To, joinPath(behind(q.To, q.Namespace), q.Path), full)
	if r.Via != nil {
		sameVia := func(b *flow.Request) bool { return b.Via != nil && *b.Via == *r.Via }
		address := r.Via.Name
		if r.Via.Port != 0 {
			address = hostPort(r.Via.Name, r.Via.Port)
		}
		pick(&o.Via, sameVia, via, behind(via, q.Namespace), address)
	}
	if b, err := o.Bind(s); err != nil {
		return q, err
	} else if b.Source != r.Source || !sameTo(b) {
		return q, errors.New("its names would mean something else in another namespace; write them as NAME.NAMESPACE")
	}
	return o, nil
}

// joinPath puts a path behind a destination that has none.
func joinPath(to, path string) string {
	if path == "" {
		return to
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.TrimSuffix(to, "/") + path
}

// behind writes a namespace behind the name in front of a port or a path.
func behind(name, namespace string) string {
	start := 0
	if i := strings.Index(name, "://"); i >= 0 {
		start = i + 3
	} else if strings.HasPrefix(name, "pod/") || strings.HasPrefix(name, "pods/") {
		start = strings.IndexByte(name, '/') + 1
	}
	end := len(name)
	if i := strings.IndexAny(name[start:], ":/?#"); i >= 0 {
		end = start + i
	}
	return name[:end] + "." + namespace + name[end:]
}
