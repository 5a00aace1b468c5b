package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// helpWidth is how wide help is at most; narrow enough for every terminal.
const helpWidth = 100

// flagGroups are the flags of all commands, in the groups in which help shows them.
type flagGroups struct {
	mesh, output *pflag.FlagSet
	kubectl      *pflag.FlagSet // those that kubectl has too, for login and the like
}

func newFlagGroups(in *input, out *output) flagGroups {
	g := flagGroups{pflag.NewFlagSet("mesh", 0), pflag.NewFlagSet("output", 0), pflag.NewFlagSet("kubectl", 0)}
	in.addFlags(g.mesh)
	out.addFlags(g.output)
	in.kube.AddFlags(g.kubectl)
	// How much of kubectl's traffic klog writes. Its values never hold the token of a request: that one goes nowhere.
	var k flag.FlagSet
	klog.InitFlags(&k)
	quiet(&k)
	if v := k.Lookup("v"); v != nil {
		g.kubectl.AddGoFlag(v)
	}
	return g
}

// quiet keeps client-go's own lines of a log off standard error until -v asks for them: what they say of failures is in gaps and errors, without
// the addresses and bodies that they repeat.
func quiet(k *flag.FlagSet) {
	for name, value := range map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL"} {
		_ = k.Set(name, value) // both are klog's own
	}
	klog.SetOutput(writerFunc(func(p []byte) (int, error) {
		if k.Lookup("v").Value.String() != "0" {
			return os.Stderr.Write(p)
		}
		return len(p), nil
	}))
}

type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

// usage prints a command's usage with its flags in groups. Those of kubectl have a command of their own, as with kubectl.
func usage(g flagGroups) func(*cobra.Command) error {
	mesh := pflag.NewFlagSet("mesh", 0)
	mesh.AddFlagSet(g.mesh)
	for _, name := range []string{"context", "kubeconfig", "namespace"} {
		mesh.AddFlag(g.kubectl.Lookup(name))
	}
	return func(cmd *cobra.Command) error {
		w := cmd.OutOrStderr()
		p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
		usageLines(cmd, p)
		own, title := cmd.LocalNonPersistentFlags(), "Flags"
		if !cmd.HasParent() {
			title = "The request"
		}
		own = without(own, g.kubectl, g.mesh, g.output)
		if own.HasAvailableFlags() {
			p("\n%s:\n%s", title, own.FlagUsagesWrapped(helpWidth))
		}
		if cmd.Name() == "options" || cmd.Name() == "completion" || cmd.HasParent() && cmd.Parent().Name() == "completion" {
			return nil
		}
		p("\nThe mesh:\n%s\nOutput:\n%s", mesh.FlagUsagesWrapped(helpWidth), g.output.FlagUsagesWrapped(helpWidth))
		p("\n\"kubectl mesh-why options\" lists kubectl's other flags (--as, --token, ...), which apply to all commands.\n")
		if cmd.HasAvailableSubCommands() {
			p("\"kubectl mesh-why COMMAND --help\" describes a command in detail.\n")
		}
		return nil
	}
}

// usageLines prints how a command is called, with its examples and commands.
func usageLines(cmd *cobra.Command, p func(format string, args ...any)) {
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
	if !cmd.HasAvailableSubCommands() {
		return
	}
	p("\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			p("  %-*s %s\n", cmd.NamePadding(), c.Name(), c.Short)
		}
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
func newOptions(io streams, kubectl *pflag.FlagSet) *cobra.Command {
	return &cobra.Command{
		Use:         "options",
		Short:       "List kubectl's flags, which apply to all commands",
		Args:        noArgs,
		Annotations: ignoring(slices.Concat(meshFlags, outputFlags)...),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(io.Out, "These flags of kubectl apply to all commands:\n\n%s", kubectl.FlagUsagesWrapped(helpWidth))
			return err
		},
	}
}
