package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/near"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Explain a reason or another code of an answer; without one, list them",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return explain.Codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			if len(args) == 0 {
				return render.Codes(w, terminalWidth(w))
			}
			code := strings.Trim(args[0], "[]")
			e, ok := explain.Lookup(code)
			if !ok {
				return fmt.Errorf("there is no code %q%s; kubectl mesh-why explain lists them", code, near.Hint(code, explain.Codes()))
			}
			return render.Code(w, e, terminalWidth(w))
		},
	}
}
