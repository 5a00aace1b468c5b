package main

import (
	"context"
	"fmt"

	"github.com/mesh-why/mesh-why/internal/jwks"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// keys fetches the key sets that the answer depends on, with --fetch-jwks. What cannot be fetched stays unknown, and standard error
// says why: istiod may well have got it.
func (m *meshSource) keys(ctx context.Context, s *mesh.Snapshot, r *flow.Request) {
	if !m.in.fetchJWKS {
		return
	}
	defer m.time.phase("fetching")()
	_, v := resolve.Answer(s, r)
	r.Fetched = map[string]*jwtauthn.Keys{}
	for _, g := range v.Gaps {
		uri := g.Detail
		if g.Cause != mesh.Unverified || g.Kind != mesh.RequestAuthentication || uri == "" {
			continue
		}
		keys, tried := m.fetched[uri]
		if !tried {
			var err error
			if keys, err = jwks.New(m.in.fetchPrivate).Fetch(ctx, uri); err != nil {
				_, _ = fmt.Fprintf(m.in.streams.Err, "warning: the keys for %s were not fetched: %s\n", g.Resource, render.Clean(redact.Text(err.Error())))
			}
			m.fetched[uri] = keys
		}
		if keys != nil {
			r.Fetched[uri] = keys
		}
	}
}
