package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// ignores names the annotation of a command with the flags that have no effect on it, though all commands know them.
const ignores = "ignores"

// ignoring makes the annotations of a command.
func ignoring(flags ...string) map[string]string {
	return map[string]string{ignores: strings.Join(flags, " ")}
}

// The flags that only a question and its answer have a use for, and those that say how an answer is printed.
var (
	changeFlags = []string{"with", "without"}
	keyFlags    = []string{"now", "jwks", "fetch-jwks", "fetch-jwks-private", "assume"}
	outputFlags = []string{"output", "trace", "color"}
	meshFlags   = slices.Concat(changeFlags, keyFlags, []string{"filename", "demo", "istio-version", "request-timeout", "timing", "check-access", "check-secrets"})
)

// check refuses, before anything is read, what would be without effect or not mean what was meant: flags that the command does not use, flags
// that are empty because a variable of the shell's was, and tokens in places from which they would be shown.
func check(cmd *cobra.Command, args []string, g flagGroups) error {
	if cmd.DisableFlagParsing { // completion, of a line that nobody has finished
		return nil
	}
	var errs []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err := checkFlag(cmd, f, g.kubectl.Lookup(f.Name) != nil); err != nil {
			errs = append(errs, err)
		}
	})
	for i, a := range args {
		if redact.IsToken(question.Place(a)) || i < 2 && named(cmd) && redact.MayBeToken(question.Place(a)) {
			errs = append(errs, fmt.Errorf("argument %d looks like a token, and is not shown; tokens are given with --jwt-file or --jwt-env, or in a header with -H", i+1))
		}
	}
	return errors.Join(errs...)
}

func checkFlag(cmd *cobra.Command, f *pflag.Flag, kubectls bool) error {
	name := "--" + f.Name
	values := []string{f.Value.String()}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		values = list.GetSlice()
	}
	switch {
	case slices.Contains(strings.Fields(cmd.Annotations[ignores]), f.Name):
		return fmt.Errorf("%s has no effect on %q; leave it out", name, cmd.CommandPath())
	case (!kubectls || slices.Contains(places, f.Name)) && slices.Contains(values, ""):
		return fmt.Errorf("%s is given and empty; was a variable of the shell empty?", name)
	case slices.Contains(secretFlags, f.Name):
		return nil
	}
	token := redact.MayBeToken
	if slices.Contains(freeFlags, f.Name) {
		token = redact.IsToken
	}
	if slices.ContainsFunc(values, token) {
		return fmt.Errorf("the value of %s looks like a token, and is not shown; tokens are given with --jwt-file or --jwt-env, or in a header with -H", name)
	}
	return nil
}

// places are flags of kubectl's that say where the names of a question are looked up: empty, they would mean another place.
var places = []string{"namespace", "context", "cluster", "kubeconfig"}

// secretFlags may hold secrets; what is shown of them is redacted.
var secretFlags = []string{"header", "path", "compare-path", "token", "password", "username"}

// freeFlags name files, addresses and things of which the names may mix capitals, small letters and digits.
var freeFlags = []string{"filename", "with", "jwks", "jwt-file", "jwt-env", "kubeconfig", "client-certificate", "client-key", "certificate-authority", "cache-dir", "server",
	"context", "cluster", "user", "as-user-extra", "proxy-url", "compare-token", "save"}

// named reports whether the arguments of a command are SOURCE and DESTINATION.
func named(cmd *cobra.Command) bool { return strings.Contains(cmd.Use, "SOURCE DESTINATION") }

// flagNames are the flags of a command, as they are written.
func flagNames(cmd *cobra.Command) []string {
	var out []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { out = append(out, "--"+f.Name) })
	return out
}

// flagError tells of a flag that is wrong, without what could be a secret in the wrong place.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	var number *strconv.NumError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Errorf("unknown shorthand flag: -%s (a flag of several letters is written with two dashes)", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return fmt.Errorf("unknown flag: --%s%s; see %s --help", redact.Word(unknown.GetSpecifiedName()), suggest.Hint(unknown.GetSpecifiedName(), flagNames(cmd)), cmd.CommandPath())
	case errors.As(err, &number) && errors.As(err, &invalid):
		return fmt.Errorf("--%s: %q is not of the kind %s", invalid.GetFlag().Name, redact.Word(invalid.GetValue()), invalid.GetFlag().Value.Type())
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, invalid.Unwrap())
	case errors.As(err, &syntax):
		return errors.New("bad flag syntax: a flag has a name before its =; what was given is not shown, as it may be a secret")
	}
	return err
}

// noArgs refuses arguments, as cobra.NoArgs does, without repeating them.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q takes no arguments, only flags", cmd.CommandPath())
	}
	return nil
}

// secretsOf knows the secrets of a command line, wherever they stand on it: errors are free of them even where nobody could tell what was
// meant.
func secretsOf(args []string) *redact.Redactor {
	r := &redact.Redactor{}
	for i, a := range args {
		if redact.MayBeToken(a) || i > 0 && leadsToSecret(args[i-1]) {
			r.Hides(a)
		}
		if name, value, ok := strings.Cut(a, ":"); ok && (strings.HasPrefix(value, " ") || strings.HasPrefix(a, "-H") || strings.HasPrefix(a, "--header=") ||
			i > 0 && (args[i-1] == "-H" || args[i-1] == "--header")) {
			r.Carries(name, value)
		}
		if name, value, ok := strings.Cut(a, "="); ok && !strings.HasPrefix(name, "--jwt-") {
			r.Carries(name, value)
		}
		r.Asks(a)
	}
	return r
}

// leadsToSecret tells words behind which a secret stands where a header was not quoted: -H Authorization: Bearer x.
func leadsToSecret(word string) bool {
	name, isName := strings.CutSuffix(word, ":")
	return isName && redact.SecretName(name) || slices.Contains([]string{"bearer", "basic", "digest", "dpop", "--token", "--password"}, strings.ToLower(word))
}
