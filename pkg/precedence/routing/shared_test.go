package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

// TestSharedTables compares, for every client of every recorded mesh, the route table that shares virtual hosts with other namespaces with one
// that is built for this client alone.
func TestSharedTables(t *testing.T) {
	var own atomic.Int64
	err := truth.Each("../../../testdata/truth", func(_ int, c *truth.Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		pods, _ := s.Pods.All()
		for _, p := range pods {
			if mesh.RoleOf(p) != mesh.SidecarProxy {
				continue
			}
			view := s.For(p)
			scope := routing.ScopeOf(view, p.Namespace, precedence.Sidecar(view, p.Namespace, p.Labels))
			if !scope.Shared() {
				continue
			}
			client := precedence.Client{Namespace: p.Namespace, Labels: p.Labels}
			for _, port := range ports(scope) {
				if scope.ListenerFor(port) == nil {
					continue
				}
				got, want := described(scope.RouteTable(view, client, port)), described(scope.RouteTableAnew(client, port))
				if got != want {
					return fmt.Errorf("%s: pod %s, port %d:\ngot  %s\nwant %s", c.Name, p.Name, port, got, want)
				}
				own.Add(1)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if own.Load() == 0 {
		t.Error("no recorded mesh has a scope that several namespaces share")
	}
}

func ports(c *routing.Scope) []int {
	var out []int
	for _, h := range c.Hosts() {
		for _, p := range h.Ports {
			out = append(out, p.Number)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// described is all of a table that a request can meet. The order of a virtual host's domains means nothing.
func described(t *config.RouteTable) string {
	var b strings.Builder
	for _, v := range t.Hosts {
		fmt.Fprintf(&b, "%s %v %d %v %v\n", v.Name, slices.Sorted(slices.Values(v.Domains)), len(v.Routes), v == t.Named(v.Name), t.Losers[v.Name])
		for _, d := range v.Domains {
			if found := t.Lookup(d); found != v && !strings.HasPrefix(d, "*") {
				fmt.Fprintf(&b, "  %s is answered for by %v\n", d, found)
			}
		}
	}
	return b.String()
}
