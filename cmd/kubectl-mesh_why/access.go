package main

import (
	"context"
	"fmt"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// access tells on standard error what the API server says of the permissions that an answer lacks.
func (m *meshSource) access(ctx context.Context, e *explain.Explanation) error {
	if !m.in.checkAccess || m.reader == nil {
		return nil
	}
	var gaps []mesh.Gap
	for _, g := range e.Gaps {
		gaps = append(gaps, g.Gap)
	}
	found, err := cluster.CheckAccess(ctx, m.config, m.options, gaps)
	if err != nil {
		return err
	}
	for _, a := range found {
		answer := "no"
		if a.Allowed {
			answer = "yes"
		}
		if a.Reason != "" {
			answer += " - " + a.Reason
		}
		_, _ = fmt.Fprintf(m.in.streams.Err, "%s: %s\n", a.Gap.CanI(), render.Clean(redact.Text(answer)))
	}
	return nil
}
