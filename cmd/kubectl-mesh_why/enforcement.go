package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain/enforced"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func newEnforcement(io streams, in *input, out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "enforcement WORKLOAD",
		Short: "Show which proxy enforces which policy of a workload, and which policies are not enforced",
		Long: `Lists every PeerAuthentication, RequestAuthentication and AuthorizationPolicy that names a workload or one of its Services, and shows where
each is enforced: by the sidecar, by ztunnel, by a waypoint, by the gateway, or not at all and why; for which connections; and which of its
rules differ there from what is written, because ztunnel does not read HTTP, or because a waypoint does not see the client's address.
No request is needed.

WORKLOAD is NAME.NAMESPACE or NAMESPACE/NAME, with the name of a pod, a workload, a Service or a ServiceEntry; or pod/NAME, deploy/NAME, sa/NAME,
svc/NAME, serviceentry/NAME.
It has no scheme, port or path: the table covers the whole workload, and names the ports on which a rule differs.
Pods that differ get separate tables. With --with or --without it shows the table after the change.

Exit status: 0 every policy is enforced as written, 1 error, 2 some policy is enforced differently or not at all, 3 something that could not
be read could change the table.`,
		Example: `  # who enforces what on the pods of httpbin?
  kubectl mesh-why enforcement httpbin.bar

  # would this policy do what it says?
  kubectl mesh-why enforcement svc/reviews.shop --with new-policy.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one workload, as NAME.NAMESPACE")
			}
			return nil
		},
		Annotations: ignoring(append(slices.Clone(keyFlags), "trace", "check-access", "check-secrets")...),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.complete(io); err != nil {
				return err
			}
			return enforcementOf(cmd.Context(), in, args[0], out)
		},
	}
}

func enforcementOf(ctx context.Context, in *input, name string, out *output) error {
	ns, err := in.namespace()
	if err != nil {
		return err
	}
	q := question.Question{From: name, Namespace: ns}
	if err := q.CheckWorkload(); err != nil {
		return err
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	d, err := m.enforcement(ctx, q)
	if err != nil {
		return err
	}
	if err := render.Enforcement(out.to, d, out.options()); err != nil {
		return err
	}
	switch n := d.Count(); {
	case !d.Settled:
		return exitStatus(exitUnsettled)
	case n[enforced.Otherwise]+n[enforced.Nobody] > 0:
		return exitStatus(exitNot)
	}
	return nil
}

// enforcement makes the table; of a cluster it reads as far as that needs.
func (m *meshSource) enforcement(ctx context.Context, q question.Question) (*enforced.Document, error) {
	if m.reader == nil {
		return m.enforcementNow(q)
	}
	need := cluster.Need{Namespaces: q.WorkloadNamespaces()}
	for _, ref := range m.change.without {
		need = need.And(cluster.Need{Kinds: map[mesh.Kind][]string{ref.Kind: {ref.Namespace}}})
	}
	for range rounds {
		if err := m.read(ctx, need); err != nil {
			return nil, err
		}
		d, err := m.enforcementNow(q)
		var unread *question.UnreadError
		switch {
		case errors.As(err, &unread):
			need = m.reader.Wants([]mesh.Gap{unread.Gap})
		case err != nil:
			return nil, err
		default:
			var gaps []mesh.Gap
			for _, g := range d.Gaps {
				gaps = append(gaps, g.Gap)
			}
			need = m.reader.Wants(gaps)
		}
		if need.Empty() {
			return d, err
		}
	}
	return m.enforcementNow(q)
}

func (m *meshSource) enforcementNow(q question.Question) (*enforced.Document, error) {
	s := m.snapshot
	if m.in.changes() {
		changed, err := m.changed()
		if err != nil {
			return nil, err
		}
		s = changed
	}
	of := enforced.Subject{Name: q.From}
	var err error
	if of.Pods, of.Host, err = q.Workload(s); err != nil {
		return nil, err
	}
	return enforced.Tell(s, of, version), nil
}
