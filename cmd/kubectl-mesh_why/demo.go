package main

import (
	_ "embed" // for the sample mesh
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/render"
)

//go:embed sample/mesh.yaml
var sampleMesh string

// demoRequests are questions that tell something, in the sample mesh.
var demoRequests = []struct {
	about, from, to string
	ask             ask
}{
	{about: "sleep in foo may read httpbin in bar, over mTLS", from: "sleep.foo", to: "httpbin.bar:8000/ip"},
	{about: "no rule of the only ALLOW policy has the path", from: "sleep.foo", to: "httpbin.bar:8000/admin"},
	{about: "legacy has no sidecars, but bar requires mTLS", from: "sleep.legacy", to: "httpbin.bar:8000/ip"},
	{about: "an invalid token is rejected before any policy is evaluated", from: "sleep.foo", to: "httpbin.bar:8000/ip", ask: ask{headers: []string{"Authorization: Bearer not.a.token"}}},
	{about: "a DestinationRule sends mTLS to a server without a sidecar", from: "sleep.foo", to: "httpbin.legacy:8000/ip"},
	{about: "some of the requests fail: a subset has no pods", from: "sleep.foo", to: "reviews.bar:9080/"},
	{about: "from outside, through the gateway, to a path without a route", from: "outside", to: "http://shop.example.com/cart", ask: ask{via: "istio-ingressgateway.istio-system"}},
}

func newDemo(io streams, in *input, out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Explain a few typical failures in a built-in sample mesh",
		Long: `Explains a few typical failures in a built-in sample mesh, without a cluster: foo and bar have sidecars, legacy has none.
With --demo other commands use the same mesh instead of a cluster: kubectl mesh-why --demo sleep.foo httpbin.bar:8000/ip`,
		Args:        noArgs,
		Annotations: ignoring(slices.Concat(changeFlags, []string{"filename", "demo", "fetch-jwks", "fetch-jwks-private", "timing", "check-access", "check-secrets"})...),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.complete(io); err != nil {
				return err
			}
			in.demo, in.files = true, nil
			m, err := in.load()
			if err != nil {
				return err
			}
			var list []*demoAnswer
			for _, d := range demoRequests {
				a := d.ask
				q, err := a.question([]string{d.from, d.to}, in)
				if err != nil {
					return err
				}
				e, err := m.explain(cmd.Context(), q, d.about)
				if err != nil {
					return err
				}
				list = append(list, &demoAnswer{about: d.about, command: commandLine(d.from, d.to, &a, []string{"--demo"}), e: e})
			}
			return printDemo(out, list)
		},
	}
}

func printDemo(out *output, list []*demoAnswer) error {
	if out.format == "json" || out.format == "yaml" {
		return render.List(out.to, demoList(list), out.options())
	}
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(out.to) //nolint:errcheck // the printer below reports a writer that fails
		}
		fmt.Fprintf(out.to, "# %s\n$ %s\n", d.about, d.command) //nolint:errcheck // as above
		if err := render.Explanation(out.to, d.e, out.options()); err != nil {
			return err
		}
	}
	return nil
}
