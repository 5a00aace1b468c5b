package main

import (
	"context"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

// explainOne answers one question and prints the answer, or, with changes of the resources, the answers before and after.
func explainOne(ctx context.Context, in *input, q question.Question, out *output) error {
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	before, err := m.explain(ctx, q, "")
	if err != nil {
		return err
	}
	if !in.changes() {
		if err := render.Explanation(out.to, before, out.options()); err != nil {
			return err
		}
		if err := m.access(ctx, before); err != nil {
			return err
		}
		return status(before)
	}
	after, err := m.explainChanged(ctx, q, "")
	if err != nil {
		return err
	}
	if err := render.Comparison(out.to, explain.Compare(before, after), out.options()); err != nil {
		return err
	}
	return status(after)
}

// status is the exit status for an answer.
func status(e *explain.Explanation) error {
	switch {
	case !e.Verdict.Settled:
		return exitStatus(exitUnsettled)
	case e.Reaches():
		return nil
	}
	return exitStatus(exitNot)
}
