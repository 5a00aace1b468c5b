// Package logged puts what proxies logged beside what the resources say: it counts lines that say the same, finds the proxy and the
// request of each, asks what the resources answer, and where the two differ it tells what would explain that.
package logged

import (
	"slices"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/accesslog"
)

// Seen are lines that say the same.
type Seen struct {
	Entry       accesslog.Entry // the first of them
	Count       int
	First, Last time.Time // of the requests; the zero time where lines have none
	Paths       bool      // lines of other paths, clients and proxies are among them
}

// BadLine is a line that nobody could read.
type BadLine struct {
	Number int // from 1
	Text   string
}

// Counts tell what came of the lines.
type Counts struct {
	Lines    int // all of them
	Entries  int // of an access log
	Other    int // of other logs, and empty ones
	Bad      int // in no format that is known
	FirstBad BadLine
	Beyond   int // entries that were only counted, as there are too many that differ
}

// Tally counts lines that say the same. What it keeps is bounded: once there are more than limit that differ, further ones are counted by
// status, flags, details and cluster alone, and once there are more than limit of these, they are only counted.
type Tally struct {
	Counts
	limit  int
	exact  map[key]*Seen
	coarse map[key]*Seen
	order  []*Seen
}

// NewTally makes a tally that keeps about 2*limit lines.
func NewTally(limit int) *Tally {
	return &Tally{limit: limit, exact: map[key]*Seen{}, coarse: map[key]*Seen{}}
}

// key is what lines that say the same have in common. Ports of clients, identifiers and times are left out, and so are the values of
// query parameters, which no policy compares.
type key struct {
	pod, client, dialled, method, path, query, authority, flags, details, termination, failure, cluster, server, route, fault string

	code    int
	inbound bool
}

// Add takes up an entry.
func (t *Tally) Add(e accesslog.Entry) {
	t.Entries++
	k := keyOf(&e)
	if s := t.exact[k]; s != nil {
		s.again(&e)
		return
	}
	if len(t.exact) < t.limit {
		t.exact[k] = t.first(e)
		return
	}
	k.pod, k.client, k.dialled, k.path, k.query, k.authority, k.server = "", "", "", "", "", "", ""
	if s := t.coarse[k]; s != nil {
		s.again(&e)
		return
	}
	if len(t.coarse) >= t.limit {
		t.Beyond++
		return
	}
	s := t.first(e)
	s.Paths = true
	t.coarse[k] = s
}

// Seen lists what was seen, in the order in which it came up first.
func (t *Tally) Seen() []*Seen { return t.order }

func (t *Tally) first(e accesslog.Entry) *Seen {
	s := &Seen{Entry: e, Count: 1, First: e.Time, Last: e.Time}
	t.order = append(t.order, s)
	return s
}

func (s *Seen) again(e *accesslog.Entry) {
	s.Count++
	if e.Time.IsZero() {
		return
	}
	if s.First.IsZero() || e.Time.Before(s.First) {
		s.First = e.Time
	}
	if e.Time.After(s.Last) {
		s.Last = e.Time
	}
}

func keyOf(e *accesslog.Entry) key {
	path, query, _ := strings.Cut(e.Path, "?")
	k := key{pod: e.Pod, method: e.Method, path: path, query: parameters(query), authority: e.Authority, code: e.Code, flags: strings.Join(e.Flags, ","), details: e.Details,
		termination: e.Termination, failure: e.TransportFailure, cluster: e.Cluster, server: e.ServerName, route: e.RouteName,
		client: bare(e.DownstreamRemote), dialled: e.DownstreamLocal}
	if c := e.Connection; c != nil {
		k.inbound, k.fault, k.server = c.Inbound, c.Error, c.Service
		k.client, k.dialled = c.Source.Namespace+"/"+c.Source.Workload+" "+bare(c.Source.Address), c.Dest.Address+" "+c.HBONE
	}
	return k
}

// parameters are the names in a query, in their order.
func parameters(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, p := range pairs {
		pairs[i], _, _ = strings.Cut(p, "=")
	}
	slices.Sort(pairs)
	return strings.Join(slices.Compact(pairs), "&")
}

// bare is an address without its port.
func bare(address string) string {
	if a, ok := accesslog.Address(address); ok {
		return a.Addr().String()
	}
	return address
}
