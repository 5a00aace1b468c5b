package main

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mesh-why/mesh-why/internal/golden"
)

func TestMain(m *testing.M) {
	programs := map[string]func(){"kubectl-mesh_why": main}
	maps.Copy(programs, faults)
	testscript.Main(m, programs)
}

// TestScripts runs the program as people do. "status N ARGS" runs it and wants the exit status.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *golden.Update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", e.Cd+"/no-kubeconfig")
			e.Setenv("HOME", e.Cd)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": exits, "leaks": leaks},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status N [arguments]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("kubectl-mesh_why", args[1:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status is %d, want %d", got, want)
	}
}

// leaks asks with a secret, in every format and with everything logged, and looks for it in all that is written: as it is, and decoded.
func leaks(ts *testscript.TestScript, _ bool, args []string) {
	for _, format := range [][]string{{"-o", "table"}, {"-o", "wide"}, {"--trace"}, {"-o", "json"}, {"-o", "yaml"}, {"-o", "json", "--trace"}, {"--with", ts.MkAbs("token.yaml")}, {"--save", ts.MkAbs("saved.yaml")}} {
		if format[0] == "--with" {
			ts.Check(os.WriteFile(format[1], []byte(strictEverywhere), 0o600))
		}
		_ = ts.Exec("kubectl-mesh_why", slices.Concat([]string{"--demo", "sleep.foo", "httpbin.bar:8000", "-v=10", "--timing"}, format, args)...)
		written := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if format[0] == "--save" {
			saved, err := os.ReadFile(format[1])
			ts.Check(errors.Join(err, os.Remove(format[1])))
			written += string(saved)
		}
		if !strings.Contains(written, "httpbin") {
			ts.Fatalf("%v: no answer: %s", args, written)
		}
		for _, secret := range []string{"MARKER", "TUFSS0VS"} {
			if strings.Contains(written, secret) {
				ts.Fatalf("%v %v: the secret is written", format, args)
			}
		}
	}
}

const strictEverywhere = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
`
