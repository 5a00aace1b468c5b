// Package effect holds what the filters and fields of Envoy that extensions put into a proxy can do to a request: nothing, something that
// follows from the resources, an answer on a condition that they do not show, or anything. The rules are those of Envoy's API
// documentation, confirmed on a real mesh where a comment does not say otherwise.
package effect

import (
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Effect is what a filter does to one request, and to what comes back through it. The zero value does nothing.
type Effect struct {
	Refused bool // the proxy takes no configuration with it
	Waits   bool // the proxy keeps the configuration that it had until something comes that nothing sends
	Free    bool // anything can come of the request behind it, and of its answer

	Ends    Ends
	Answers []Answer // what it answers with, where it ends the request; one if Ends is [Always]
	Share   float64  // the part of the requests that it ends, where Ends is [Always]; 0 stands for all
	Depends []string // what it turns on whether it ends the request or changes it, as policies name that, where it is known what it is
	Delay   time.Duration
	Slow    float64 // the part of the requests that Delay holds up

	Writes   []Write  // what it does to the headers of the request, in order
	Hides    []string // headers that it may have written, in small letters
	HidesAll bool     // it may have written any header
	Reroutes bool     // the proxy chooses the route again behind it

	Back     []Mapping // statuses of answers that it changes on their way back; the first that holds counts
	BackFree bool      // it can make anything of them
}

// Ends is whether a filter ends a request with an answer of its own.
type Ends int

// The ways in which a filter can end requests.
const (
	Never     Ends = iota
	Always         // this request, by what the resources say of it
	Perhaps        // on a condition that they do not show
	UnderLoad      // when too many requests come, or the proxy has no strength left
	LargeBody      // when the body is larger than the filter takes
)

// Answer is what a filter answers with.
type Answer struct {
	Status   int // 0 where it is not known
	Flags    []string
	Details  string
	Body     string
	Location string
}

// Write is a change of a header of the request.
type Write struct {
	Op    string // add, replace or remove
	Name  string // in small letters
	Value string
	If    string // for add and replace: "absent" where it happens only to a header that is not there, "present" only to one that is
}

// Mapping changes the status of answers.
type Mapping struct {
	Of   func(status int) evidence.Tri
	Own  bool // of the proxy's own answers alone, else of all that pass
	To   int
	Body string
}

// Perhaps is the mapping of a filter of which it is not known whether it is there.
func (m Mapping) Perhaps() Mapping {
	of := m.Of
	m.Of = func(status int) evidence.Tri { return evidence.And(of(status), evidence.Unknown) }
	return m
}

// Around is what a filter needs to know of the proxy around it.
type Around struct {
	// Cluster reports whether the proxy has a cluster of that name.
	Cluster func(name string) evidence.Tri
	// Limited reports that the route or its virtual host has rate limits, for which a filter asks.
	Limited bool
	// Metadata reports that a filter before it may have written dynamic metadata.
	Metadata bool
}

func (a Around) cluster(name string) evidence.Tri {
	if a.Cluster == nil || name == "" {
		return evidence.Unknown
	}
	return a.Cluster(name)
}

// Filter is an HTTP filter as it stands in a chain.
type Filter struct {
	Name     string
	Type     string // the full name of its configuration's type
	Config   message.Message
	Disabled bool
	// Route is the configuration for the filter that the route or its virtual host carries, and RouteType its type's name; nil for none.
	Route     message.Message
	RouteType string
}

// Harmless reports that nothing that a caller can see comes of it.
func (e Effect) Harmless() bool {
	return !e.Refused && !e.Waits && !e.Free && e.Ends == Never && e.Delay == 0 && len(e.Writes) == 0 && len(e.Hides) == 0 && !e.HidesAll && !e.Reroutes &&
		len(e.Back) == 0 && !e.BackFree
}

// always is an answer that every such request gets.
func always(a Answer) Effect { return Effect{Ends: Always, Answers: []Answer{a}} }

// truth turns a condition into the effect of answering where it holds.
func when(is evidence.Tri, a Answer) Effect {
	switch {
	case is == evidence.True:
		return always(a)
	case is.IsUnknown():
		return Effect{Ends: Perhaps, Answers: []Answer{a}}
	}
	return Effect{}
}
