package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // logins that a kubeconfig can name: OIDC, and hints for those that are gone

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

const rootLong = `Explains what happens to a request in an Istio mesh (it reaches the application, or gets 401, 403, 404, 503 or a reset connection) and
which resource is responsible, using only Kubernetes resources; nothing is sent into the mesh.

SOURCE is a pod: POD.NAMESPACE, NAMESPACE/POD, deploy/NAME or sa/NAME (any pod of it); we/NAME for the machine of a WorkloadEntry;
"outside" for a client that is not a pod in this cluster; or "kubelet", which sends a pod's probes. Write pod/NAME for a pod whose name is
also a command.
DESTINATION is a Service (SERVICE.NAMESPACE:PORT/PATH), a pod (pod/NAME.NAMESPACE:PORT), a workload
(deploy/NAME.NAMESPACE:PORT: the Service that selects its pods and has the port, or else one of the pods), an address, or a URL.

Exit status: 0 the request reaches the application, 1 error, 2 it does not reach it, 3 not settled: something unread or not modelled
could change the answer.`

const rootExamples = `  # why does sleep get a 403 from httpbin?
  kubectl mesh-why sleep.foo httpbin.bar:8000/admin -X POST

  # with a token, and from files instead of the cluster
  kubectl mesh-why sleep.foo http://httpbin.bar:8000/headers --jwt-file token.txt -f mesh.yaml

  # a client outside the mesh, through a gateway
  kubectl mesh-why outside https://shop.example.com/cart --via istio-ingressgateway.istio-system

  # what would change?
  kubectl mesh-why sleep.foo httpbin.bar:8000 --with new-policy.yaml
  kubectl mesh-why sleep.foo httpbin.bar:8000 --without authorizationpolicy/bar/deny-all

  # print the smallest change that fixes it, and try it
  kubectl mesh-why sleep.foo httpbin.bar:8000/admin -o patch > patch.yaml
  kubectl mesh-why sleep.foo httpbin.bar:8000/admin --with patch.yaml

  # why does it work from here and not from there?
  kubectl mesh-why sleep.foo httpbin.bar:8000/ip --compare-source sleep.legacy

  # keep this answer as a test
  kubectl mesh-why sleep.foo httpbin.bar:8000/ip --save expectations.yaml

  # without a cluster
  kubectl mesh-why demo`

func newRoot(io streams, stop context.CancelCauseFunc) *cobra.Command {
	in := newInput(io)
	a, compare := &ask{}, &compareOptions{}
	out := &output{}
	cmd := &cobra.Command{
		Use:           "mesh-why SOURCE DESTINATION",
		Short:         "Explain why Istio would allow or deny a request",
		Long:          rootLong,
		Example:       rootExamples,
		Version:       version,
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl mesh-why"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && cmd.Flags().NFlag() == 0 {
				return cmd.Help()
			}
			if err := out.complete(io, patchFormat); err != nil {
				return err
			}
			if out.format == patchFormat && compare.asked() {
				return errors.New("-o patch and a --compare- flag cannot be used together")
			}
			q, err := a.question(args, in)
			if err != nil {
				return err
			}
			if compare.asked() {
				if a.save != "" {
					return errors.New("a --compare- flag and --save cannot be used together")
				}
				return compareTwo(cmd.Context(), in, compare, q, out)
			}
			return explainOne(cmd.Context(), in, a, q, out)
		},
	}
	a.addFlags(cmd.Flags())
	compare.addFlags(cmd.Flags())
	flags := newFlagGroups(in, out)
	for _, f := range []*pflag.FlagSet{flags.mesh, flags.output, flags.kubectl} {
		cmd.PersistentFlags().AddFlagSet(f)
	}
	cmd.SetUsageFunc(usage(flags))
	cmd.SetFlagErrorFunc(flagError)
	cmd.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args, flags); err != nil {
			return err
		}
		return in.begin(stop)
	}
	cmd.AddCommand(newOptions(io, flags.kubectl), newTest(io, in, out), newDemo(io, in, out), newDump(io, in), newExplain(io, out), newMatrix(io, in, out), newEnforcement(io, in, out), newLog(io, in, out), newMigrate(io, in), newVersion(io))
	checkCompletion(cmd)
	return cmd
}

// checkCompletion makes cobra's own command refuse a shell that it does not know, which it would answer with its help.
func checkCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return errors.New("completion supports bash, fish, powershell and zsh")
				}
				return c.Help()
			}
		}
	}
}

// explainOptions are those of an answer; further are the flags that the question needs beside its own to be asked again.
func explainOptions(further []string, name string, q question.Question, hide *redact.Redactor) explain.Options {
	return explain.Options{Tool: version, Name: name, Via: q.Via, Command: questionLine(q, further, hide), Destination: hide.Text(q.To)}
}
