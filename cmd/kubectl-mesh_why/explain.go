package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

func newExplain(io streams, out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Explain a status, response flag, response code details or reason code; without an argument, list them",
		Long: `Explains what you find in an access log, at the client, or in an answer of this program: an HTTP status (403), response flags (UF,URX),
response code details with or without arguments, the body of a 401, the name of a TLS error, an exit status of curl ("curl 56"),
a gRPC status ("grpc 14"), an error in ztunnel's log, or a reason code of an answer (RBACNoAllowMatched): its meaning in a mesh, its
usual causes and what to do. Without an argument it lists all of them. No mesh is read.`,
		Example: `  kubectl mesh-why explain UF,URX
  kubectl mesh-why explain 'rbac_access_denied_matched_policy[ns[bar]-policy[deny]-rule[0]]'
  kubectl mesh-why explain curl 56`,
		Args:        cobra.ArbitraryArgs,
		Annotations: ignoring(slices.Concat(meshFlags, []string{"trace"})...),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return meaning.Explainable(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := out.complete(io); err != nil {
				return err
			}
			if len(args) == 0 {
				return render.Meanings(out.to, meaning.AllMeanings(), true, out.options())
			}
			code := strings.Join(args, " ")
			list := meaning.Meanings(code)
			if len(list) == 0 {
				return fmt.Errorf("there is no code %q%s; kubectl mesh-why explain lists them", redact.Word(code), suggest.Hint(code, meaning.Explainable()))
			}
			return render.Meanings(out.to, list, false, out.options())
		},
	}
}
