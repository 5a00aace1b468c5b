package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// A document of our own tells what was read of a mesh. Without it all kinds count as read everywhere.
const (
	CoverageVersion = "mesh-why/v1alpha1" // its apiVersion
	CoverageKind    = "Coverage"
)

// Coverage is that document. It is positive, as [mesh.Coverage] is: a kind that it does not name was not read.
type Coverage struct {
	APIVersion   string                 `json:"apiVersion"`
	Kind         string                 `json:"kind"`
	Metadata     any                    `json:"metadata,omitempty"`
	IstioVersion string                 `json:"istioVersion,omitempty"` // where somebody said it, against what the images show
	Everywhere   []mesh.Kind            `json:"everywhere,omitempty"`
	Namespaces   map[mesh.Kind][]string `json:"namespaces,omitempty"` // where a kind was read, if not everywhere
	Failed       []mesh.Gap             `json:"failed,omitempty"`
	Newer        []mesh.Gap             `json:"newer,omitempty"` // fields that the writer did not know
}

// readCoverage reads such a document.
func readCoverage(raw []byte) (*Coverage, error) {
	var doc Coverage
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return &doc, dec.Decode(&doc)
}

// fieldError is what the JSON library says of a document, with the nearest name that would be right.
func fieldError(err error) string {
	text := problem(err)
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		text += suggest.Hint(strings.Trim(name, `"`), []string{"istioVersion", "everywhere", "namespaces", "failed", "newer", "metadata"})
	}
	return text
}

// readAs keeps what such a document tells. Of several each adds what it read, and what it could not.
func (c *contents) readAs(doc Coverage) error {
	if c.readings == nil {
		c.readings = map[mesh.Kind]mesh.Reading{}
	}
	if doc.IstioVersion != "" {
		r, err := release.Parse(doc.IstioVersion)
		if err != nil {
			return fmt.Errorf("istioVersion: %w", err)
		}
		c.forced = &r
	}
	for i, k := range doc.Everywhere {
		if err := knownKind(k); err != nil {
			return fmt.Errorf("everywhere[%d]: %w", i, err)
		}
		c.readings[k] = mesh.Reading{Coverage: mesh.Coverage{All: true}, Failed: c.readings[k].Failed}
	}
	for _, k := range slices.Sorted(maps.Keys(doc.Namespaces)) {
		if err := knownKind(k); err != nil {
			return fmt.Errorf("namespaces: %w", err)
		}
		r := c.readings[k]
		r.Namespaces = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Namespaces, doc.Namespaces[k]))))
		c.readings[k] = r
	}
	for i, g := range doc.Newer {
		if err := checkGap(g); err != nil {
			return fmt.Errorf("newer[%d].%w", i, err)
		}
		if !slices.Contains(c.newer, g) {
			c.newer = append(c.newer, g)
		}
	}
	for i, g := range doc.Failed {
		if err := checkGap(g); err != nil {
			return fmt.Errorf("failed[%d].%w", i, err)
		}
		r := c.readings[g.Kind]
		if !slices.Contains(r.Failed, g) {
			r.Failed = append(r.Failed, g)
		}
		c.readings[g.Kind] = r
	}
	return nil
}

func checkGap(g mesh.Gap) error {
	if err := knownKind(g.Kind); err != nil {
		return fmt.Errorf("kind: %w", err)
	}
	if !slices.Contains(causes, g.Cause) {
		return fmt.Errorf("cause: %q is not one of %s", g.Cause, strings.Join(causeNames(), ", "))
	}
	return nil
}

// covered makes a snapshot know what was not read of it.
func (c *contents) covered(s *mesh.Snapshot) *mesh.Snapshot {
	if c.readings != nil {
		s = s.WithReadings(c.readings)
	} else {
		doubt(s)
	}
	if c.forced != nil {
		s.ForceVersion(*c.forced)
	}
	s.Newer = c.newer
	return s
}

var causes = []mesh.Cause{mesh.Forbidden, mesh.Failed, mesh.External, mesh.Unverified, mesh.Unsupported, mesh.Rejected}

func causeNames() []string {
	var names []string
	for _, c := range causes {
		names = append(names, string(c))
	}
	return names
}

func knownKind(k mesh.Kind) error {
	if _, ok := mesh.APIOf(k); ok {
		return nil
	}
	if k == "" {
		return errors.New("the kind is missing")
	}
	var names []string
	for _, a := range mesh.APIs() {
		names = append(names, string(a.Kind))
	}
	return fmt.Errorf("kind %q is not known%s; read the file with the version that wrote it, or leave the kind out", k, suggest.Hint(string(k), names))
}

// doubt notes the certificate authorities of BackendTLSPolicies that files leave out: those of a namespace of which they hold no ConfigMap
// at all, since every namespace of a cluster has some; and those of Gateways of whose namespace they hold no Secret either.
func doubt(s *mesh.Snapshot) {
	var gaps []mesh.Gap
	policies, _ := s.BackendTLSPolicies.All()
	for _, p := range policies {
		ref, ok := mesh.AuthorityOf(p)
		if there, _ := s.ConfigMaps.In(p.Namespace); ok && len(there) == 0 && !slices.Contains(gaps, ref.Unread()) {
			gaps = append(gaps, ref.Unread())
		}
	}
	gateways, _ := s.KubeGateways.All()
	for _, g := range gateways {
		for _, ref := range mesh.AuthoritiesOf(g) {
			maps, _ := s.ConfigMaps.In(ref.Namespace)
			secrets, _ := s.Secrets.In(ref.Namespace)
			if len(maps) == 0 && len(secrets) == 0 && !slices.Contains(gaps, ref.Unread()) {
				gaps = append(gaps, ref.Unread())
			}
		}
	}
	if len(gaps) > 0 {
		list, _ := s.ConfigMaps.All()
		s.ConfigMaps = mesh.NewList(mesh.ConfigMap, list, s.ConfigMaps.Coverage(), gaps...)
	}
}
