package question

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// spelled reads a destination that is no URL as kubectl and the tables of this program spell it: svc/NAME, NAMESPACE/NAME where there is such a
// Service, deploy/NAME and other workloads, and a port by its name. It returns it as SERVICE.NAMESPACE:PORT, with the path behind it.
func (q Question) spelled(s *mesh.Snapshot, to string) (string, error) {
	if ofWorkload(to) {
		var err error
		if to, err = q.behind(s, to); err != nil {
			return "", err
		}
		return namedPort(s, to)
	}
	first, rest, slashed := strings.Cut(to, "/")
	if name, _ := cutName(rest); slashed && entryKinds[first] && !q.hasService(s, first, name) {
		return q.atMachine(s, to)
	}
	if slashed {
		name, behind := cutName(rest)
		switch {
		case slices.Contains([]string{"svc", "service", "services"}, first) && name != "":
			if q.Namespace != "" && !strings.Contains(name, ".") {
				name += "." + q.Namespace
			}
			to = name + behind
		case !strings.ContainsAny(first, ".:") && q.hasService(s, first, name) && !q.hasService(s, q.Namespace, first):
			to = name + "." + first + behind
		}
	}
	return namedPort(s, to)
}

// cutName takes the name off what may follow it: a port, a path, a query.
func cutName(text string) (name, behind string) {
	if i := strings.IndexAny(text, ":/?#"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

func (q Question) hasService(s *mesh.Snapshot, namespace, name string) bool {
	_, ok, _ := s.Services.Get(namespace, name)
	return ok
}

// namedPort puts a port's number in place of its name.
func namedPort(s *mesh.Snapshot, to string) (string, error) {
	host, behind := cutName(to)
	port, path := cutName(strings.TrimPrefix(behind, ":"))
	if !strings.HasPrefix(behind, ":") || port == "" || strings.Trim(port, "0123456789") == "" {
		return to, nil
	}
	name, namespace, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(host, "."+mesh.DomainSuffix), ".svc"), ".")
	svc, ok, _ := s.Services.Get(namespace, name)
	if !ok {
		return to, nil // what is wrong with it is told where it is taken apart
	}
	var ports []string
	for _, p := range svc.Spec.Ports {
		if p.Name == port {
			return host + ":" + strconv.Itoa(int(p.Port)) + path, nil
		}
		ports = append(ports, strings.TrimSpace(p.Name+" "+strconv.Itoa(int(p.Port))))
	}
	return "", fmt.Errorf("Service %s/%s has no port named %q; it has %s", namespace, name, port, strings.Join(ports, ", "))
}
