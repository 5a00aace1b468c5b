package test

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// The cluster of all tests: starting one takes seconds. Tests that fill it do not run in parallel.
var (
	server *Server
	root   *admin
	bin    = os.Getenv("MESH_WHY_TEST_BIN")
)

func TestMain(m *testing.M) {
	if os.Getenv(measuring) != "" {
		if err := measure(os.Args[1], os.Args[2:]...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if bin == "" {
		bin = "bin"
	}
	dir, err := os.MkdirTemp("", "mesh-why-test-")
	if err != nil {
		panic(err)
	}
	code, err := func() (int, error) {
		ctx := context.Background()
		s, err := Start(ctx, bin, dir)
		if err != nil {
			return 1, err
		}
		defer s.Stop() //nolint:errcheck // the tests have said what there is to say
		server = s
		if root, err = newAdmin(s.Config("admin")); err != nil {
			return 1, err
		}
		if err := root.CustomResources(ctx); err != nil {
			return 1, err
		}
		return m.Run(), nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "the cluster of the tests does not start:", err)
		for _, log := range []string{"etcd.log", "kube-apiserver.log"} {
			if data, err := os.ReadFile(dir + "/" + log); err == nil {
				fmt.Fprintf(os.Stderr, "--- %s\n%s", log, data[max(0, len(data)-2000):])
			}
		}
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
