package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/legacy"
)

func newMigrate(io streams, in *input) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate -f FILE",
		Short: "Translate policies of before Istio 1.6 into today's resources",
		Long: `Translates the kinds that Istio 1.6 removed (MeshPolicy, Policy, ServiceRole, ServiceRoleBinding, ClusterRbacConfig, RbacConfig) into
today's resources. Where the meaning is not the same, a comment says so; where a condition cannot be said today, the translation is
stricter, never wider. Put the Services and Pods concerned into the files too: old policies name Services, today's select pods.`,
		Example:     "  kubectl mesh-why migrate -f old-policies.yaml -f services.yaml > new-policies.yaml",
		Args:        noArgs,
		Annotations: ignoring(slices.Concat(outputFlags, changeFlags, keyFlags, []string{"istio-version", "timing", "check-access", "check-secrets"})...),
		RunE: func(*cobra.Command, []string) error {
			if !in.offline() {
				return errors.New("migrate reads files: name them with -f")
			}
			s, err := in.fromFiles()
			if err != nil {
				return err
			}
			if len(s.Legacy) == 0 {
				return errors.New("the files hold no object of a removed kind (MeshPolicy, Policy, ServiceRole, ServiceRoleBinding, ClusterRbacConfig, RbacConfig): nothing to translate")
			}
			ctx := legacy.ContextOf(s)
			if ctx.Namespace, err = in.namespace(); err != nil {
				return err
			}
			result, err := legacy.Translate(s.Legacy, ctx)
			if err != nil {
				return err
			}
			if err := result.YAML(io.Out); err != nil {
				return err
			}
			if n := len(result.Warnings); n > 0 {
				_, err = fmt.Fprintf(io.Err, "warning: in %d places the meaning is not the same; look for NOT THE SAME in the output\n", n)
			}
			return err
		},
	}
}
