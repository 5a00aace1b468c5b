package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how wide help is at most; narrow enough for every terminal.
const helpWidth = 100

// usage prints a command's usage with its flags in groups. Flags that kubectl has too, for login and the like, have a command of their
// own, as with kubectl.
func usage(in *input, out *output) func(*cobra.Command) error {
	mesh, printing, shared := pflag.NewFlagSet("mesh", 0), pflag.NewFlagSet("output", 0), pflag.NewFlagSet("kubectl", 0)
	in.addFlags(mesh)
	out.addFlags(printing)
	in.kube.AddFlags(shared)
	return func(cmd *cobra.Command) error {
		w := cmd.OutOrStderr()
		p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
		p("Usage:\n")
		if cmd.Runnable() {
			p("  %s\n", cmd.UseLine())
		}
		if cmd.HasAvailableSubCommands() {
			p("  %s COMMAND\n", cmd.CommandPath())
		}
		if cmd.HasExample() {
			p("\nExamples:\n%s\n", cmd.Example)
		}
		if cmd.HasAvailableSubCommands() {
			p("\nCommands:\n")
			for _, c := range cmd.Commands() {
				if c.IsAvailableCommand() {
					p("  %-*s %s\n", cmd.NamePadding(), c.Name(), c.Short)
				}
			}
		}
		own, title := cmd.LocalNonPersistentFlags(), "Flags"
		if !cmd.HasParent() {
			title = "The request"
		}
		own = without(own, shared, mesh, printing)
		if own.HasAvailableFlags() {
			p("\n%s:\n%s", title, own.FlagUsagesWrapped(helpWidth))
		}
		if cmd.Name() == "options" || cmd.Name() == "completion" || cmd.HasParent() && cmd.Parent().Name() == "completion" {
			return nil
		}
		mesh.AddFlag(shared.Lookup("context"))
		mesh.AddFlag(shared.Lookup("kubeconfig"))
		mesh.AddFlag(shared.Lookup("namespace"))
		p("\nThe mesh:\n%s\nOutput:\n%s", mesh.FlagUsagesWrapped(helpWidth), printing.FlagUsagesWrapped(helpWidth))
		p("\n\"kubectl mesh-why options\" lists kubectl's other flags (--as, --token, ...), which apply to all commands.\n")
		if cmd.HasAvailableSubCommands() {
			p("\"kubectl mesh-why COMMAND --help\" tells more about a command.\n")
		}
		return nil
	}
}

// without leaves out the flags of other sets.
func without(f *pflag.FlagSet, others ...*pflag.FlagSet) *pflag.FlagSet {
	left := pflag.NewFlagSet("own", 0)
	left.SortFlags = f.SortFlags
	f.VisitAll(func(x *pflag.Flag) {
		for _, o := range others {
			if o.Lookup(x.Name) != nil {
				return
			}
		}
		left.AddFlag(x)
	})
	return left
}

// newOptions lists the flags that kubectl has too.
func newOptions(io streams, in *input) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List kubectl's flags, which apply to all commands",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			shared := pflag.NewFlagSet("kubectl", 0)
			in.kube.AddFlags(shared)
			if v := cmd.InheritedFlags().Lookup("v"); v != nil {
				shared.AddFlag(v)
			}
			_, err := fmt.Fprintf(io.Out, "These flags of kubectl apply to all commands:\n\n%s", shared.FlagUsagesWrapped(helpWidth))
			return err
		},
	}
}
