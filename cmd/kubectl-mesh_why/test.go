package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/expect"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

func newTest(io streams, in *input, out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE",
		Short: "Ask every request of a file, and compare with what it expects",
		Long: `Asks every request of a file of expectations against one reading of the mesh, and compares the answers with what the file expects.
With -o json it prints an ExplanationList in the order of the file, with -o junit a report for CI. FILE is - for standard input.

Exit status: 0 every expectation is met, 1 an error, 2 one is not met, 3 one cannot be decided.`,
		Example: `  # tests.yaml
  apiVersion: mesh-why/v1alpha1
  kind: Expectations
  requests:
  - name: legacy clients are refused
    from: sleep.legacy
    to: http://httpbin.foo:8000/ip
    expect: {result: reset}

  kubectl mesh-why test tests.yaml -f mesh.yaml`,
		Args:        cobra.ExactArgs(1),
		Annotations: ignoring("check-access"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.complete(io, "junit"); err != nil {
				return err
			}
			return runTest(cmd.Context(), args[0], in, out)
		},
	}
}

func runTest(ctx context.Context, name string, in *input, out *output) error {
	if name == "-" && in.readsStdin() {
		return errors.New("standard input is given twice: with the expectations and with -f - or --with -")
	}
	file, err := expect.Load(name, in.streams.In)
	if err != nil {
		return err
	}
	shared, err := in.defaults()
	if err != nil {
		return err
	}
	questions, err := file.Questions(expect.Defaults{Namespace: shared.Namespace, Now: shared.Now, Question: shared, Env: os.LookupEnv})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	t := &tested{file: file}
	for i, q := range questions {
		if err := t.ask(ctx, m, q, i); err != nil {
			return fmt.Errorf("%s: requests[%d]: %w", name, i, err)
		}
	}
	if err := t.print(in, out); err != nil {
		return err
	}
	return t.status()
}

// tested is what came of a file.
type tested struct {
	file          *expect.File
	before, after []*explain.Explanation
	notMet        int
	undecided     int
}

func (t *tested) ask(ctx context.Context, m *meshSource, q question.Question, i int) error {
	r := t.file.Requests[i]
	e, err := m.explain(ctx, q, r.Name)
	if err != nil {
		return err
	}
	t.before = append(t.before, e)
	if m.in.changes() {
		if e, err = m.explainChanged(ctx, q, r.Name); err != nil {
			return err
		}
		t.after = append(t.after, e)
	}
	switch r.Check(e) {
	case expect.NotMet:
		t.notMet++
	case expect.Undecided:
		t.undecided++
	}
	return nil
}

func (t *tested) print(in *input, out *output) error {
	if !in.changes() {
		return render.List(out.to, explain.NewList(t.before), out.options())
	}
	var items []*explain.Comparison
	for i := range t.before {
		items = append(items, explain.Compare(t.before[i], t.after[i]))
	}
	return render.Comparisons(out.to, explain.NewComparisons(items), out.options())
}

func (t *tested) status() error {
	switch {
	case t.notMet > 0:
		return exitStatus(exitNot)
	case t.undecided > 0:
		return exitStatus(exitUnsettled)
	}
	return nil
}
