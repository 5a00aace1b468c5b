package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesh-why/mesh-why/internal/expect"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
)

// patchFormat prints the first repair alone, as YAML.
const patchFormat = "patch"

// explainOne answers one question and prints the answer, or, with changes of the resources, the answers before and after.
func explainOne(ctx context.Context, in *input, a *ask, q question.Question, out *output) error {
	if a.save != "" && in.changes() {
		return errors.New("--save and --with or --without cannot be used together: --save records the answer of the unchanged mesh")
	}
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
		if out.format == patchFormat {
			return printPatch(before, out)
		}
		if err := render.Explanation(out.to, before, out.options()); err != nil {
			return err
		}
		if err := m.access(ctx, before); err != nil {
			return err
		}
		if err := m.save(a, q, before); err != nil {
			return err
		}
		return status(before)
	}
	after, err := m.explainChanged(ctx, q, "")
	if err != nil {
		return err
	}
	if out.format == patchFormat {
		return printPatch(after, out)
	}
	if err := render.Comparison(out.to, explain.Compare(before, after), out.options()); err != nil {
		return err
	}
	return status(after)
}

// save adds the question with its answer to a file of expectations.
func (m *meshSource) save(a *ask, q question.Question, e *explain.Explanation) error {
	if a.save == "" {
		return nil
	}
	q, err := q.Everywhere(m.snapshot)
	if err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	r, err := q.Bind(m.snapshot)
	if err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	note, err := expect.Save(a.save, expect.Asked{Question: q, TokenFile: a.jwtFile, TokenEnv: a.jwtEnv, Answer: e, Hide: secrets.Of(m.snapshot, r), At: m.in.now != ""})
	if err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	_, err = fmt.Fprintln(m.in.streams.Err, render.CleanLines(note))
	return err
}

// printPatch prints the first repair of an answer.
func printPatch(e *explain.Explanation, out *output) error {
	if err := render.Patch(out.to, e); err != nil {
		return err
	}
	return status(e)
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
