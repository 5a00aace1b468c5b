package main

import (
	"context"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// meshSource is the mesh that questions are asked in: files, read once, or a cluster, read as far as the questions need.
type meshSource struct {
	in       *input
	snapshot *mesh.Snapshot // of files all there is; of a cluster what is known by now
	reader   *cluster.Reader
	config   *rest.Config
	options  cluster.Options
	progress *progress
	fetched  map[string]*jwtauthn.Keys   // by address; nil where fetching failed
	secrets  map[mesh.Ref]*corev1.Secret // that were looked for; nil of those that are not there, or were refused
	absent   []mesh.Ref                  // those that are not there
	time     timing
	change   change
}

// load opens the mesh. Nothing is asked of a cluster yet.
func (in *input) load() (*meshSource, error) {
	m := &meshSource{in: in, fetched: map[string]*jwtauthn.Keys{}, secrets: map[mesh.Ref]*corev1.Secret{}, progress: newProgress(in.streams.Err)}
	defer m.time.phase("reading")()
	in.memory()
	var err error
	if m.change, err = in.change(); err != nil {
		return nil, err
	}
	if !in.offline() {
		return m, m.connect()
	}
	if in.checkSecrets {
		return nil, errors.New("--check-secrets asks a cluster, and the mesh comes from files; leave it out: Secrets that files hold are looked at anyway")
	}
	s, err := in.fromFiles()
	if err != nil {
		return nil, err
	}
	m.snapshot = s
	return m, in.version(s)
}

func (m *meshSource) connect() (err error) {
	if err := m.in.checkKubeconfig(); err != nil {
		return err
	}
	if m.config, err = m.in.kube.ToRESTConfig(); err != nil {
		return err
	}
	m.options = cluster.Options{Version: version, Timeout: m.in.patience.reading(), MaxBytes: int64(m.in.maxInput), Progress: m.progress.show}
	m.reader, err = cluster.New(m.config, m.options)
	return err
}

// read brings what is needed into the snapshot.
func (m *meshSource) read(ctx context.Context, need cluster.Need) error {
	defer m.time.phase("reading")()
	m.progress.start()
	defer m.progress.stop()
	s, err := m.reader.Snapshot(ctx, need)
	if err != nil {
		return err
	}
	m.snapshot = s
	return m.in.version(s)
}

// whole is the mesh with everything that any question could need.
func (m *meshSource) whole(ctx context.Context) (*mesh.Snapshot, error) {
	if m.reader != nil {
		if err := m.read(ctx, cluster.Need{All: true}); err != nil {
			return nil, err
		}
	}
	return m.snapshot, nil
}

// rounds bounds how often an answer may lead to further reads. Each one reads namespaces that were not known before: two suffice for
// a destination, some more for a chain of gateways and delegates.
const rounds = 12

// ask reads as far as the answer to a question needs, with the changes made that are to be tried.
func (m *meshSource) ask(ctx context.Context, q question.Question, changed bool) (*mesh.Snapshot, *flow.Request, error) {
	if m.reader == nil {
		return m.bound(q, changed)
	}
	var s *mesh.Snapshot
	var r *flow.Request
	need := needOf(q)
	if changed {
		for _, ref := range m.change.without {
			need.Kinds[ref.Kind] = append(slices.Clone(need.Kinds[ref.Kind]), ref.Namespace)
		}
	}
	for range rounds {
		if err := m.read(ctx, need); err != nil {
			return nil, nil, err
		}
		if q.From == question.Outside && q.Via == "" {
			if need = m.reader.WantsGateways(m.snapshot); !need.Empty() {
				continue
			}
		}
		var err error
		s, r, err = m.bound(q, changed)
		var unread *question.UnreadError
		if errors.As(err, &unread) {
			if need = m.reader.Wants([]mesh.Gap{unread.Gap}); !need.Empty() {
				continue
			}
		}
		if err != nil {
			return nil, nil, err
		}
		_, v := resolve.Answer(s, r)
		if need = m.reader.Wants(v.Gaps); need.Empty() {
			break
		}
	}
	return s, r, nil
}

// needOf is what a question names: all of the destination's namespace, and of the source's what acts on requests that leave.
func needOf(q question.Question) cluster.Need {
	source, destination := q.Namespaces()
	n := cluster.Need{Namespaces: destination, Kinds: map[mesh.Kind][]string{}}
	for _, k := range []mesh.Kind{mesh.Pod, mesh.Sidecar} {
		n.Kinds[k] = source
	}
	return n
}

func (m *meshSource) bound(q question.Question, changed bool) (s *mesh.Snapshot, r *flow.Request, err error) {
	s = m.snapshot
	if changed {
		if s, err = m.changed(); err != nil {
			return nil, nil, err
		}
	}
	if r, err = q.Bind(s); err != nil {
		return nil, nil, &boundError{err}
	}
	return s, r, nil
}

// boundError says what is wrong with a question itself: the mesh could be read, and other questions may be in order.
type boundError struct{ error }

func (e *boundError) Unwrap() error { return e.error }

// explain answers a question.
func (m *meshSource) explain(ctx context.Context, q question.Question, name string) (*explain.Explanation, error) {
	return m.answer(ctx, q, name, false)
}

// explainChanged answers a question with the changes that were asked for.
func (m *meshSource) explainChanged(ctx context.Context, q question.Question, name string) (*explain.Explanation, error) {
	return m.answer(ctx, q, name, true)
}

func (m *meshSource) answer(ctx context.Context, q question.Question, name string, changed bool) (*explain.Explanation, error) {
	s, r, err := m.ask(ctx, q, changed)
	if err != nil {
		return nil, err
	}
	m.keys(ctx, s, r)
	s, root, v, err := m.decide(ctx, s, r)
	if err != nil {
		return nil, err
	}
	defer m.time.phase("explaining")()
	further := m.in.flags()
	if changed {
		further = append(further, m.in.changeFlags()...)
	}
	return explain.Decided(s, r, root, v, explainOptions(further, name, q, secrets.Of(s, r))), nil
}
