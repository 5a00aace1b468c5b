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
		Short: "Check a file of expected results",
		Long: `Evaluates every request in a file of expectations against one snapshot of the mesh, and compares the answers with the expected results.
With -o json it prints an ExplanationList in the order of the file, with -o junit a report for CI. FILE is - for standard input.
A request that cannot be evaluated, such as one from a pod that does not exist, fails alone: the others are evaluated.

Exit status: 0 every expectation is met, 1 error or a request that cannot be evaluated, 2 an expectation is not met, 3 one cannot be decided.`,
		Example: `  # tests.yaml
  apiVersion: mesh-why/v1alpha1
  kind: Expectations
  requests:
  - name: legacy clients are refused
    from: sleep.legacy
    to: http://httpbin.foo:8000/ip
    expect: {result: reset}

  kubectl mesh-why test tests.yaml -f mesh.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return errors.New("FILE is missing; usage: kubectl mesh-why test FILE")
			case 1:
				return nil
			}
			return fmt.Errorf("expected one FILE, but got %d arguments", len(args))
		},
		Annotations: ignoring("check-access", "check-secrets"),
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
		return errors.New("standard input is used twice: by the expectations and by -f - or --with -")
	}
	file, err := expect.Load(name, in.streams.In)
	if err != nil {
		return err
	}
	shared, err := in.defaults()
	if err != nil {
		return err
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	t := &tested{file: file}
	defaults := expect.Defaults{Namespace: shared.Namespace, Now: shared.Now, Question: shared, Env: os.LookupEnv}
	for i := range file.Requests {
		q, err := file.Question(i, defaults)
		if err != nil {
			t.notAsked(i, err)
			continue
		}
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
	failed        int // could not be asked
	undecided     int
}

func (t *tested) ask(ctx context.Context, m *meshSource, q question.Question, i int) error {
	r := t.file.Requests[i]
	before, err := t.answered(i, func() (*explain.Explanation, error) { return m.explain(ctx, q, r.Name) })
	if err != nil {
		return err
	}
	after := before
	if m.in.changes() {
		if after, err = t.answered(i, func() (*explain.Explanation, error) { return m.explainChanged(ctx, q, r.Name) }); err != nil {
			return err
		}
	}
	t.add(i, before, after)
	return nil
}

// answered is an answer, or says why there is none where that is the request's own fault.
func (t *tested) answered(i int, ask func() (*explain.Explanation, error)) (*explain.Explanation, error) {
	e, err := ask()
	var bound *boundError
	if errors.As(err, &bound) {
		return t.file.Requests[i].NotAsked(version, bound), nil
	}
	return e, err
}

func (t *tested) notAsked(i int, err error) {
	e := t.file.Requests[i].NotAsked(version, err)
	t.add(i, e, e)
}

// add compares an answer with what was expected, and counts.
func (t *tested) add(i int, before, after *explain.Explanation) {
	t.before, t.after = append(t.before, before), append(t.after, after)
	if after.Error != "" {
		t.failed++
		return
	}
	switch t.file.Requests[i].Check(after) {
	case expect.NotMet:
		t.notMet++
	case expect.Undecided:
		t.undecided++
	}
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
	case t.failed > 0:
		return fmt.Errorf("%d of %d requests could not be evaluated", t.failed, len(t.after))
	case t.undecided > 0:
		return exitStatus(exitUnsettled)
	}
	return nil
}
