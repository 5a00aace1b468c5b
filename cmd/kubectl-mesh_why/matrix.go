package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// matrixOptions are what is asked of all pairs.
type matrixOptions struct {
	ask      ask
	from, to []string
	paths    []string
	exitCode string
}

// What the exit status of a matrix can tell.
const (
	tellsReaches = "reaches"
	tellsChanges = "changes"
	tellsNothing = "none"
)

func newMatrix(io streams, in *input, out *output) *cobra.Command {
	o := &matrixOptions{}
	cmd := &cobra.Command{
		Use:   "matrix",
		Short: "Show which pods can call which Services",
		Long: `Evaluates a request from every pod to every port of every Service, and prints who gets what. Non-HTTP ports are tested with plain TCP.
Each cell equals the answer to the single question.

--from and --to accept NAMESPACE, or NAMESPACE/NAME with the name of a workload or pod (--from) or of a Service (--to); * matches anything.
--from also accepts outside: a client that is not a pod in the mesh, has no identity and calls the Service's own address.
(source) stands for the sending pod, (of source) for the Sidecar that applies to it. A question mark precedes answers that something
unread or not modelled could change.

With --with or --without it shows the pairs whose answer changes, before and after. -o wide also shows both matrices; -o csv prints the
matrix after the change, with columns for the answer before it and for whether the two differ.

Exit status: 0 every pair reaches (after the change, if there is one), 1 error, 2 some pair does not reach, 3 some pairs are not settled and
all others reach. With --exit-code changes: 0 no answer changes, 1 error, 2 some answer changes, 3 only answers that are not settled change.
With --exit-code none: 0 the matrix was printed, 1 error.`,
		Example: `  # who can reach what is in namespace shop?
  kubectl mesh-why matrix --to shop

  # which workloads may delete orders?
  kubectl mesh-why matrix --to shop/orders --path /api/orders/1 -X DELETE

  # what can be reached without an identity?
  kubectl mesh-why matrix --from outside

  # does this change take anything from anybody, or give it?
  kubectl mesh-why matrix --with new-policy.yaml --exit-code changes

  # everything, for a spreadsheet
  kubectl mesh-why matrix -o csv --exit-code none > matrix.csv`,
		Args:        noArgs,
		Annotations: ignoring("fetch-jwks", "fetch-jwks-private", "check-access", "check-secrets"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.complete(io, "csv"); err != nil {
				return err
			}
			return o.run(cmd.Context(), in, out)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.from, "from", nil, "only these sources: NAMESPACE, NAMESPACE/WORKLOAD or outside (repeatable)")
	f.StringArrayVar(&o.to, "to", nil, "only these destinations: NAMESPACE or NAMESPACE/SERVICE (repeatable)")
	f.StringArrayVar(&o.paths, "path", []string{"/"}, "path and query of the requests (repeatable)")
	f.StringVarP(&o.ask.method, "method", "X", "GET", "HTTP method of the requests")
	f.StringArrayVarP(&o.ask.headers, "header", "H", nil, "header of the requests as 'name: value' (repeatable)")
	f.BoolVar(&o.ask.tcp, "tcp", false, "plain TCP, not HTTP")
	f.BoolVarP(&o.ask.insecure, "insecure", "k", false, "the clients do not verify TLS certificates (like curl -k)")
	f.StringVar(&o.ask.jwtFile, "jwt-file", "", "file with a bearer token; - for standard input. The token never leaves this process")
	f.StringVar(&o.ask.jwtEnv, "jwt-env", "", "environment variable that holds a bearer token")
	f.StringVar(&o.exitCode, "exit-code", tellsReaches, "what the exit status reports: reaches, changes (with --with or --without), or none")
	return cmd
}

// check looks at what was asked before anything is read.
func (o *matrixOptions) check(in *input) error {
	known := []string{tellsReaches, tellsChanges, tellsNothing}
	switch {
	case !slices.Contains(known, o.exitCode):
		return fmt.Errorf("--exit-code %q is none of %s%s", o.exitCode, strings.Join(known, ", "), suggest.Hint(o.exitCode, known))
	case o.exitCode == tellsChanges && !in.changes():
		return errors.New("--exit-code changes needs a change: --with FILE or --without KIND/NAMESPACE/NAME")
	}
	for _, p := range slices.Concat(o.from, o.to) {
		if _, err := path.Match(p, ""); err != nil || strings.Count(p, "/") > 1 {
			return fmt.Errorf("%q is not NAMESPACE or NAMESPACE/NAME; * matches anything", p)
		}
	}
	return nil
}

func (o *matrixOptions) run(ctx context.Context, in *input, out *output) error {
	if err := o.check(in); err != nil {
		return err
	}
	request, err := o.request(in)
	if err != nil {
		return err
	}
	in.pairs = true
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
		return o.runChanged(m, s, *request, out)
	}
	q, err := o.question(s, *request)
	if err != nil {
		return err
	}
	result := m.matrix(s, q)
	if err := render.Matrix(out.to, result, request.Method, out.options()); err != nil {
		return err
	}
	return o.status(result, nil)
}

// runChanged asks before and after a change. What is asked for must be there at one of the two times.
func (o *matrixOptions) runChanged(m *meshSource, s *mesh.Snapshot, request flow.Request, out *output) error {
	changed, err := m.changed()
	if err != nil {
		return err
	}
	before, errBefore := o.question(s, request)
	after, errAfter := o.question(changed, request)
	if errBefore != nil && errAfter != nil {
		return errAfter
	}
	c := matrix.Compare(m.matrix(s, before), m.matrix(changed, after))
	if err := render.MatrixChanges(out.to, c, request.Method, out.options()); err != nil {
		return err
	}
	return o.status(c.After, c)
}

func (m *meshSource) matrix(s *mesh.Snapshot, q matrix.Question) *matrix.Matrix {
	defer m.time.phase("deciding")()
	q.Said = func(done, total int) { m.progress.say(fmt.Sprintf("deciding: %d of %d destinations", done, total)) }
	q.Said(0, len(q.Destinations))
	m.progress.start()
	defer m.progress.stop()
	return matrix.Make(s, q)
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
	q := matrix.Question{Request: r, Outside: slices.Contains(o.from, question.Outside)}
	from := slices.DeleteFunc(slices.Clone(o.from), func(p string) bool { return p == question.Outside })
	if len(from) > 0 || !q.Outside {
		q.Sources = matrix.Pods(s, func(p *corev1.Pod) bool { return picks(from, p.Namespace, p.Name, matrix.Workload(p)) })
		switch {
		case len(q.Sources) > 0:
		case len(from) == 0:
			return q, errors.New("no pod can send requests: there are no pods")
		default:
			return q, fmt.Errorf("no pod matches --from %s", strings.Join(from, " --from "))
		}
	}
	q.Destinations = matrix.Services(s, o.paths, func(namespace, name string) bool { return picks(o.to, namespace, name) })
	switch {
	case len(q.Destinations) > 0:
	case len(o.to) == 0:
		return q, errors.New("there is no Service to call")
	default:
		return q, fmt.Errorf("no Service matches --to %s", strings.Join(o.to, " --to "))
	}
	return q, nil
}

// picks reports whether any pattern fits; none at all fit everything.
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

// status is what the exit status tells; c is nil where nothing was changed.
func (o *matrixOptions) status(m *matrix.Matrix, c *matrix.Changes) error {
	switch o.exitCode {
	case tellsNothing:
		return nil
	case tellsChanges:
		switch changed, certain, _ := c.Count(); {
		case certain > 0:
			return exitStatus(exitNot)
		case changed > 0:
			return exitStatus(exitUnsettled)
		}
		return nil
	}
	pods, outside := m.Tally()
	switch {
	case pods.Not+outside.Not > 0:
		return exitStatus(exitNot)
	case pods.Open+outside.Open > 0:
		return exitStatus(exitUnsettled)
	}
	return nil
}
