package matrix

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// KindMatrix is the kind of [Document].
const KindMatrix = "Matrix"

// Document is the matrix as it is printed: sources that get the same everywhere once with their pods, each different answer once, and for
// each destination which sources get which answer.
type Document struct {
	APIVersion   string                `json:"apiVersion"`
	Kind         string                `json:"kind"`
	Method       string                `json:"method"`
	Sources      []SourcesDocument     `json:"sources"`
	Answers      []Answer              `json:"answers"`
	Destinations []DestinationDocument `json:"destinations"`
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
	Groups []Group `json:"groups"`
}

// Document makes one.
func (m *Matrix) Document(method string) *Document {
	names := m.Names()
	d := &Document{APIVersion: explain.APIVersion, Kind: KindMatrix, Method: method, Answers: slices.Concat([]Answer{}, m.Answers), Sources: []SourcesDocument{}, Destinations: []DestinationDocument{}}
	for k, c := range m.Classes {
		x := SourcesDocument{Name: names.Label(k)}
		for _, n := range names.Workloads(k) {
			x.Workloads = append(x.Workloads, n.String())
		}
		for _, p := range c.Pods {
			x.Pods = append(x.Pods, p.Namespace+"/"+p.Name)
		}
		if !c.Sidecar.IsZero() {
			x.Sidecar = c.Sidecar.ID()
		}
		d.Sources = append(d.Sources, x)
	}
	for i, to := range m.Destinations {
		d.Destinations = append(d.Destinations, DestinationDocument{to, m.Groups(i)})
	}
	return d
}
