package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// matrixOptions are what is asked of all pairs.
type matrixOptions struct {
	ask      ask
	from, to []string
	paths    []string
}

func newMatrix(io streams, in *input, out *output) *cobra.Command {
	o := &matrixOptions{}
	cmd := &cobra.Command{
		Use:   "matrix",
		Short: "Show which pods may call which Services",
		Long: `Asks for every pod and every port of every Service what a request gets, and prints who gets what. Ports that are declared to be no HTTP
are sent bytes that are none. Every cell is what the same question gives when it is asked alone.

--from and --to take NAMESPACE, or NAMESPACE/NAME with the name of a workload or a pod, or of a Service; * stands for anything.
In the answers (source) is the pod that sends, and (of source) the Sidecar that governs it. A question mark stands before answers that
something unread or not modelled could change. With --with or --without it is the matrix after the change.

Exit status: 0 every pair reaches, 1 an error, 2 some pair does not, 3 all others reach and some are not settled.`,
		Example: `  # who can reach what is in namespace shop?
  kubectl mesh-why matrix --to shop

  # which workloads may delete orders?
  kubectl mesh-why matrix --to shop/orders --path /api/orders/1 -X DELETE

  # everything, for a spreadsheet
  kubectl mesh-why matrix -o csv > matrix.csv`,
		Args:        noArgs,
		Annotations: ignoring("fetch-jwks", "fetch-jwks-private", "check-access"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.complete(io, "csv"); err != nil {
				return err
			}
			return o.run(cmd.Context(), in, out)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.from, "from", nil, "only these sources: NAMESPACE or NAMESPACE/WORKLOAD (repeatable)")
	f.StringArrayVar(&o.to, "to", nil, "only these destinations: NAMESPACE or NAMESPACE/SERVICE (repeatable)")
	f.StringArrayVar(&o.paths, "path", []string{"/"}, "path of the requests, with its query (repeatable)")
	f.StringVarP(&o.ask.method, "method", "X", "GET", "HTTP method of the requests")
	f.StringArrayVarP(&o.ask.headers, "header", "H", nil, "header of the requests as 'name: value' (repeatable)")
	f.BoolVar(&o.ask.tcp, "tcp", false, "the requests are no HTTP at all")
	f.BoolVarP(&o.ask.insecure, "insecure", "k", false, "the applications do not verify TLS certificates")
	f.StringVar(&o.ask.jwtFile, "jwt-file", "", "file with a token that is sent as bearer token; - for standard input. It never leaves this process")
	f.StringVar(&o.ask.jwtEnv, "jwt-env", "", "environment variable with such a token")
	return cmd
}

func (o *matrixOptions) run(ctx context.Context, in *input, out *output) error {
	request, err := o.request(in)
	if err != nil {
		return err
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	s, err := m.whole(ctx)
	if err != nil {
		return err
	}
	if in.changes() {
		if s, err = m.changed(); err != nil {
			return err
		}
	}
	q, err := o.question(s, *request)
	if err != nil {
		return err
	}
	done := m.time.phase("deciding")
	result := matrix.Make(s, q)
	done()
	if err := render.Matrix(out.to, result, request.Method, out.options()); err != nil {
		return err
	}
	return matrixStatus(result)
}

// request is what the flags say of the requests themselves.
func (o *matrixOptions) request(in *input) (*flow.Request, error) {
	q, err := in.defaults()
	if err != nil {
		return nil, err
	}
	if err := o.ask.message(&q, in); err != nil {
		return nil, err
	}
	for i, p := range o.paths {
		if !strings.HasPrefix(p, "/") {
			o.paths[i] = "/" + p
		}
	}
	r, err := q.Message()
	if err == nil && q.TCP {
		r.Scheme = "tcp"
	}
	return r, err
}

// question picks sources and destinations.
func (o *matrixOptions) question(s *mesh.Snapshot, r flow.Request) (matrix.Question, error) {
	q := matrix.Question{Request: r}
	for _, list := range [][]string{o.from, o.to} {
		for _, p := range list {
			if _, err := path.Match(p, ""); err != nil || strings.Count(p, "/") > 1 {
				return q, fmt.Errorf("%q is not NAMESPACE or NAMESPACE/NAME; * stands for anything", p)
			}
		}
	}
	q.Sources = matrix.Pods(s, func(p *corev1.Pod) bool { return picks(o.from, p.Namespace, p.Name, matrix.Workload(p)) })
	q.Destinations = matrix.Services(s, o.paths, func(namespace, name string) bool { return picks(o.to, namespace, name) })
	switch {
	case len(q.Sources) == 0 && len(o.from) == 0:
		return q, errors.New("there is no pod that could send anything")
	case len(q.Sources) == 0:
		return q, fmt.Errorf("no pod fits --from %s", strings.Join(o.from, " --from "))
	case len(q.Destinations) == 0 && len(o.to) == 0:
		return q, errors.New("there is no Service to call")
	case len(q.Destinations) == 0:
		return q, fmt.Errorf("no Service fits --to %s", strings.Join(o.to, " --to "))
	}
	return q, nil
}

// picks tells whether any pattern fits; none at all fit everything.
func picks(patterns []string, namespace string, names ...string) bool {
	for _, p := range patterns {
		ns, name, named := strings.Cut(p, "/")
		if ok, _ := path.Match(ns, namespace); !ok {
			continue
		}
		if !named {
			return true
		}
		for _, n := range names {
			if ok, _ := path.Match(name, n); ok {
				return true
			}
		}
	}
	return len(patterns) == 0
}

func matrixStatus(m *matrix.Matrix) error {
	open := false
	for d := range m.Destinations {
		for k := range m.Classes {
			a := m.Answer(d, k)
			switch {
			case !a.Settled:
				open = true
			case !a.Reaches():
				return exitStatus(exitNot)
			}
		}
	}
	if open {
		return exitStatus(exitUnsettled)
	}
	return nil
}
