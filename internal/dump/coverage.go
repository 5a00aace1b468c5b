package dump

import (
	"fmt"
	"slices"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// coverageOf tells what was read of a snapshot.
func coverageOf(s *mesh.Snapshot) manifest.Coverage {
	c := manifest.Coverage{APIVersion: manifest.CoverageVersion, Kind: manifest.CoverageKind, IstioVersion: s.Version.Forced, Namespaces: map[mesh.Kind][]string{}, Newer: withheld(s)}
	for _, k := range s.Kinds() {
		r := s.Reading(k)
		switch {
		case r.All:
			c.Everywhere = append(c.Everywhere, k)
		case len(r.Namespaces) > 0:
			c.Namespaces[k] = r.Namespaces
		}
		for _, g := range r.Failed {
			g.Kind = k
			c.Failed = append(c.Failed, g)
		}
	}
	return c
}

// withheld are the fields that the writer does not know, and those that it does not write as they are: symmetric keys are secrets, and
// without them nobody can tell which tokens they sign.
func withheld(s *mesh.Snapshot) []mesh.Gap {
	out := slices.Clone(s.Newer)
	policies, _ := s.RequestAuthentications.All()
	for _, p := range policies {
		for i, r := range p.Spec.JwtRules {
			ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name, Field: fmt.Sprintf("spec.jwtRules[%d].jwks", i)}
			g := mesh.Gap{Kind: ref.Kind, Namespace: ref.Namespace, Cause: mesh.Unverified, Resource: ref}
			if hasSymmetric(r.GetJwks()) && !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	return out
}
