package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

func newVersion(io streams) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, and the releases of Istio whose rules are known", Args: noArgs,
		Annotations: ignoring(slices.Concat(meshFlags, outputFlags)...),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(io.Out, "mesh-why %s\nIstio rules: 1.29 to %s\n", version, release.Newest)
			return err
		},
	}
}
