package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// decide works out the answer, and with --check-secrets again for as long as it presumes Secrets that nobody has looked for.
func (m *meshSource) decide(ctx context.Context, s *mesh.Snapshot, r *flow.Request) (*mesh.Snapshot, *flow.Node, flow.Verdict, error) {
	s = m.withSecrets(s)
	for {
		decided := m.time.phase("deciding")
		root, v := resolve.Answer(s, r)
		decided()
		if !m.in.checkSecrets || m.reader == nil {
			return s, root, v, nil
		}
		asked, err := m.lookForSecrets(ctx, v)
		if err != nil || !asked {
			return s, root, v, err
		}
		s = m.withSecrets(s)
	}
}

// withSecrets is a snapshot with what is known of Secrets that were looked for.
func (m *meshSource) withSecrets(s *mesh.Snapshot) *mesh.Snapshot {
	if len(m.secrets) == 0 {
		return s
	}
	var there []metav1.Object
	for _, x := range m.secrets {
		if x != nil {
			there = append(there, x)
		}
	}
	s = s.Put(there...)
	s.Absent = m.absent
	return s
}

// lookForSecrets asks for the Secrets that a verdict presumes, each once in the life of the program. What could not be learned is told on standard error,
// with the permission to ask for.
func (m *meshSource) lookForSecrets(ctx context.Context, v flow.Verdict) (asked bool, err error) {
	var refs []mesh.Ref
	for _, p := range v.Presumes {
		if _, known := m.secrets[p.Resource]; (p.Code == flow.PresumesSecret || p.Code == flow.PresumesClientSecret) && !known {
			refs = append(refs, p.Resource)
		}
	}
	if len(refs) == 0 {
		return false, nil
	}
	found, err := cluster.CheckSecrets(ctx, m.config, m.options, refs)
	if err != nil {
		return false, err
	}
	for _, x := range found {
		m.secrets[x.Secret] = nil
		switch {
		case x.Err != nil:
			_, _ = fmt.Fprintf(m.in.streams.Err, "--check-secrets: Secret %s: %s\nask for: kubectl auth can-i get secrets/%s -n %s\n",
				x.Secret.ID(), render.Clean(x.Err.Error()), x.Secret.Name, x.Secret.Namespace)
		case x.Found:
			m.secrets[x.Secret] = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: x.Secret.Namespace, Name: x.Secret.Name}}
			asked = true
		default:
			m.absent = append(m.absent, x.Secret)
			asked = true
		}
	}
	return asked, nil
}
