package config

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// RouteTable is the virtual hosts of a port, and how the VirtualServices fared that could have had a say.
type RouteTable struct {
	Port   int
	Hosts  []*VirtualHost
	Losers map[string][]precedence.Considered // host of the registry or of a VirtualService -> VirtualServices that do not act on it

	byName   map[string]*VirtualHost
	byDomain map[string]*VirtualHost
	wild     []string    // domains with a star
	base     *RouteTable // what byDomain and byName leave out, for a table that Extend made
	nameless bool        // a virtual host came too late for each of its domains
}

// NewRouteTable returns the empty table of a port.
func NewRouteTable(port int) *RouteTable {
	return &RouteTable{Port: port, Losers: map[string][]precedence.Considered{}, byName: map[string]*VirtualHost{}, byDomain: map[string]*VirtualHost{}}
}

// Named returns the virtual host of a name, which is nil where there is none.
func (t *RouteTable) Named(name string) *VirtualHost {
	if v := t.byName[name]; v != nil || t.base == nil {
		return v
	}
	return t.base.Named(name)
}

// domain returns the virtual host that has a domain.
func (t *RouteTable) domain(d string) (*VirtualHost, bool) {
	v, ok := t.byDomain[d]
	if !ok && t.base != nil {
		return t.base.domain(d)
	}
	return v, ok
}

// Lookup finds the virtual host for a request's authority, the port of which does not count. A name comes before a wildcard, a longer
// wildcard before a shorter one; there is no second choice once one was found. It is nil where none has the name.
func (t *RouteTable) Lookup(authority string) *VirtualHost {
	host := strings.ToLower(StripPort(authority))
	if v, ok := t.domain(host); ok {
		return v
	}
	best := ""
	for _, d := range t.wild {
		if len(d) > 1 && len(d) > len(best) && strings.HasPrefix(d, "*") && strings.HasSuffix(host, d[1:]) && len(host) > len(d)-1 {
			best = d
		}
	}
	if best == "" {
		for _, d := range t.wild {
			if d[0] != '*' && len(d) > len(best) && strings.HasSuffix(d, "*") && strings.HasPrefix(host, d[:len(d)-1]) && len(host) > len(d)-1 {
				best = d
			}
		}
	}
	if best == "" {
		best = "*"
	}
	v, _ := t.domain(best)
	return v
}

// Add takes a virtual host up with those of its domains that no earlier one has.
func (t *RouteTable) Add(v *VirtualHost, domains []string) {
	for _, d := range domains {
		d = strings.ToLower(d)
		if _, taken := t.byDomain[d]; !taken {
			t.byDomain[d] = v
			if strings.Contains(d, "*") {
				t.wild = append(t.wild, d)
			}
			v.Domains = append(v.Domains, d)
		}
	}
	if len(v.Domains) == 0 {
		t.nameless = true
		return
	}
	t.Hosts = append(t.Hosts, v)
	t.byName[v.Name] = v
}

// Extend returns the table with further domains for some of its virtual hosts. It shares the others with t, which must not change any more.
// It is not ok where the order of the virtual hosts decides who gets a further domain: the table has to be built anew then.
func (t *RouteTable) Extend(further func(*VirtualHost) []string) (*RouteTable, bool) {
	if t.nameless {
		return nil, false
	}
	out := &RouteTable{Port: t.Port, Hosts: slices.Clone(t.Hosts), Losers: t.Losers, byName: map[string]*VirtualHost{}, byDomain: map[string]*VirtualHost{},
		wild: slices.Clip(t.wild), base: t}
	for i, old := range t.Hosts {
		more := further(old)
		if len(more) == 0 {
			continue
		}
		v := *old
		v.Domains = slices.Clip(v.Domains)
		for _, d := range v.Domains {
			out.byDomain[d] = &v
		}
		for _, d := range more {
			d = strings.ToLower(d)
			if _, taken := t.domain(d); taken {
				return nil, false
			}
			if out.byDomain[d] != nil {
				continue
			}
			out.byDomain[d] = &v
			v.Domains = append(v.Domains, d)
			if strings.Contains(d, "*") {
				out.wild = append(out.wild, d)
			}
		}
		out.Hosts[i], out.byName[v.Name] = &v, &v
	}
	return out, true
}

// StripPort drops the port of an authority. An IPv6 address has its brackets then.
func StripPort(authority string) string {
	host, port, found := cutLast(authority, ":")
	if !found || strings.Contains(host, ":") && !strings.HasSuffix(host, "]") || strings.HasSuffix(port, "]") {
		return authority
	}
	return host
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
