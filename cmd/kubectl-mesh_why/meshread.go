package main

import (
	"context"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// meshSource is the mesh that questions are asked in: files, read once, or a cluster, read as far as the questions need.
type meshSource struct {
	in       *input
	snapshot *mesh.Snapshot
}

// load opens the mesh.
func (in *input) load(ctx context.Context) (*meshSource, error) {
	m := &meshSource{in: in}
	s, err := in.fromFiles()
	if err != nil {
		return nil, err
	}
	m.snapshot = s
	return m, in.version(s)
}

func (m *meshSource) report() {}

// explain answers a question.
func (m *meshSource) explain(ctx context.Context, q question.Question, name string) (*explain.Explanation, error) {
	r, err := bind(m.snapshot, q)
	if err != nil {
		return nil, err
	}
	return explain.Explain(m.snapshot, r, explainOptions(m.in, name, q)), nil
}

// explainChanged answers a question with the changes that were asked for.
func (m *meshSource) explainChanged(ctx context.Context, q question.Question, name string) (*explain.Explanation, error) {
	s, err := m.in.changed(m.snapshot)
	if err != nil {
		return nil, err
	}
	r, err := bind(s, q)
	if err != nil {
		return nil, err
	}
	return explain.Explain(s, r, explainOptions(m.in, name, q)), nil
}
