package main

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/dump"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func newDump(io streams, in *input) *cobra.Command {
	a := &ask{}
	full := false
	cmd := &cobra.Command{
		Use:   "dump [SOURCE DESTINATION]",
		Short: "Write a shareable snapshot of the mesh, without secrets, for use with -f",
		Long: `Writes everything that affects requests as YAML, to evaluate it again later or to share it. With a SOURCE and a DESTINATION it contains
only what that question needs; without them, the whole mesh.

Secrets are left out: keys of Secrets and key sets, tokens, and whatever looks like one; of certificates only what affects an answer is kept.
Unless you pass --full, everything that cannot affect an answer is left out too: environment variables, other annotations, status.
It also records what could not be read, so the reader sees the same gaps.`,
		Example: `  kubectl mesh-why dump sleep.foo httpbin.bar:8000 > bug.yaml
  kubectl mesh-why sleep.foo httpbin.bar:8000 -f bug.yaml`,
		Args:        cobra.MaximumNArgs(2),
		Annotations: ignoring(slices.Concat(outputFlags, changeFlags, []string{"fetch-jwks", "fetch-jwks-private", "check-access", "check-secrets"})...),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return errors.New("DESTINATION is missing; name both, or none for the whole mesh")
			}
			in.whole = full
			s, err := a.dumped(cmd.Context(), in, args)
			if err != nil {
				return err
			}
			// As a whole or not at all: half a mesh would be read as another one.
			var out bytes.Buffer
			if err := dump.Write(&out, s, dump.Options{Version: version, Full: full}); err != nil {
				return err
			}
			_, err = out.WriteTo(io.Out)
			return err
		},
	}
	a.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&full, "full", false, "keep what cannot affect an answer (secrets are left out all the same)")
	return cmd
}

// dumped is the mesh, or of a cluster what a question needs of it.
func (a *ask) dumped(ctx context.Context, in *input, args []string) (*mesh.Snapshot, error) {
	m, err := in.load()
	if err != nil {
		return nil, err
	}
	defer m.report()
	if len(args) == 0 {
		return m.whole(ctx)
	}
	q, err := a.question(args, in)
	if err != nil {
		return nil, err
	}
	s, _, err := m.ask(ctx, q, false)
	return s, err
}
