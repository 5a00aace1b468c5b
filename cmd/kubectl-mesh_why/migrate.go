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
		Short: "Convert pre-1.6 authentication and RBAC policies to current resources",
		Long: `Converts the kinds that Istio 1.6 removed (MeshPolicy, Policy, ServiceRole, ServiceRoleBinding, ClusterRbacConfig, RbacConfig) to
current resources. If the meaning is not the same, a comment says so; if a condition cannot be expressed today, the result is stricter,
never wider. Include the Services and Pods concerned in the files: old policies name Services, current ones select pods.`,
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
				return errors.New("the files contain no object of a removed kind (MeshPolicy, Policy, ServiceRole, ServiceRoleBinding, ClusterRbacConfig, RbacConfig): nothing to convert")
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
