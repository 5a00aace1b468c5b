package matrix

import (
	"slices"
)

// apiVersion is that of all documents; a test holds it to that of package explain.
const apiVersion = "mesh-why/v1alpha1"

// KindMatrix is the kind of [Document].
const KindMatrix = "Matrix"

// Document is the matrix as it is printed: sources that get the same everywhere once with their pods, each different answer once, and for
// each destination which sources get which answer.
type Document struct {
	APIVersion   string                `json:"apiVersion"`
	Kind         string                `json:"kind"`
	Method       string                `json:"method"`
	Presumes     []Presumption         `json:"presumes,omitempty"` // what the answers take for granted
	Sources      []SourcesDocument     `json:"sources"`
	Answers      []Answer              `json:"answers"`
	Destinations []DestinationDocument `json:"destinations"`
	Before       *Document             `json:"before,omitempty"`  // with a change of the resources: the matrix before it
	Changes      []ChangeDocument      `json:"changes,omitempty"` // and what becomes of which pairs
}

// SourcesDocument are sources that get the same everywhere.
type SourcesDocument struct {
	Name      string   `json:"name"`      // short, for people
	Workloads []string `json:"workloads"` // namespace/name; of a workload that is not here as a whole its pods
	Pods      []string `json:"pods"`      // namespace/name
	Sidecar   string   `json:"sidecar,omitempty"`
}

// DestinationDocument is a destination with the answers that it gives: numbers of answers and of sources, from 0.
type DestinationDocument struct {
	Destination
	Groups  []Group `json:"groups"`
	Outside *int    `json:"outside,omitempty"` // the number of the answer to a client outside, where that was asked for
}

// ChangeDocument are pairs of a destination and sources that got the same before the change and get the same after it.
type ChangeDocument struct {
	Destination
	Before    *Answer  `json:"before,omitempty"` // absent where the pair was not there
	After     *Answer  `json:"after,omitempty"`  // absent where it is there no more
	Workloads []string `json:"workloads,omitempty"`
	Pods      []string `json:"pods,omitempty"`
	Outside   bool     `json:"outside,omitempty"` // a client outside too
}

// Document makes one.
func (m *Matrix) Document(method string) *Document {
	d := m.Frame(method)
	for i := range m.Destinations {
		d.Destinations = append(d.Destinations, m.Destination(i))
	}
	return d
}

// Frame makes a document without its destinations, for those that are to be written one by one.
func (m *Matrix) Frame(method string) *Document {
	names := m.Names()
	d := &Document{APIVersion: apiVersion, Kind: KindMatrix, Method: method, Answers: slices.Concat([]Answer{}, m.Answers), Sources: []SourcesDocument{}, Destinations: []DestinationDocument{}}
	for k, c := range m.Classes {
		x := SourcesDocument{Name: names.Label(k), Workloads: texts(names.Workloads(k)), Pods: podKeys(c.Pods)}
		if !c.Sidecar.IsZero() {
			x.Sidecar = c.Sidecar.ID()
		}
		d.Sources = append(d.Sources, x)
	}
	return d
}

// Destination makes the part of the document that a destination is, by its number.
func (m *Matrix) Destination(i int) DestinationDocument {
	x := DestinationDocument{Destination: m.Destinations[i], Groups: append([]Group{}, m.Groups(i)...)}
	if m.Outside != nil {
		n := int(m.Outside[i])
		x.Outside = &n
	}
	return x
}

// Document makes one of both matrices: the one after the change, with the one before it and what differs.
func (c *Changes) Document(method string) *Document {
	d := c.After.Document(method)
	d.Before = c.Before.Document(method)
	names := c.Names()
	for _, x := range c.List() {
		y := ChangeDocument{Destination: c.Destinations[x.Destination], Before: x.Before, After: x.After, Outside: x.Outside, Workloads: texts(names.Workloads(x.Classes...))}
		for _, k := range x.Classes {
			y.Pods = append(y.Pods, podKeys(c.Classes[k].Pods)...)
		}
		d.Changes = append(d.Changes, y)
	}
	return d
}

func texts(list []Name) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.String())
	}
	return out
}
