package test

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// ask answers a question from the cluster: it reads the namespaces that the question names, and then what turns out to be missing. What
// it cannot bind to the cluster it says in the error.
func ask(ctx context.Context, r *cluster.Reader, q question.Question) (*explain.Explanation, error) {
	need := cluster.Need{Namespaces: named(q)}
	for {
		s, err := r.Snapshot(ctx, need)
		if err != nil {
			return nil, err
		}
		if q.From == question.Outside {
			if need = r.WantsGateways(s); !need.Empty() {
				continue
			}
		}
		if need = strangers(r, s, q); !need.Empty() {
			continue
		}
		bound, err := q.Bind(s)
		if err != nil {
			return nil, err
		}
		e := explain.Explain(s, bound, explain.Options{Brief: true})
		var gaps []mesh.Gap
		for _, g := range e.Gaps {
			gaps = append(gaps, g.Gap)
		}
		if need = r.Wants(gaps); need.Empty() {
			return e, nil
		}
	}
}

// strangers: an address that no known pod has may be that of a pod in any namespace. It is asked for here since no gap tells so.
func strangers(r *cluster.Reader, s *mesh.Snapshot, q question.Question) cluster.Need {
	addresses := []string{hostOf(q)}
	entries, _ := s.ServiceEntries.All()
	for _, x := range entries {
		for _, e := range x.Spec.Endpoints {
			addresses = append(addresses, e.Address)
		}
	}
	for _, a := range addresses {
		if _, err := netip.ParseAddr(a); err == nil && s.PodAt(a) == nil {
			return r.Wants([]mesh.Gap{{Kind: mesh.Pod, Cause: mesh.Failed}})
		}
	}
	return cluster.Need{}
}

// named are the names in a question that can be namespaces.
func named(q question.Question) []string {
	var out []string
	via, _, _ := strings.Cut(q.Via, ":")
	for _, name := range []string{q.From, hostOf(q), via} {
		for _, part := range strings.Split(name, ".")[1:] {
			if part != "" && !slices.Contains([]string{"svc", "cluster", "local"}, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

func hostOf(q question.Question) string {
	_, host, url := strings.Cut(q.To, "://")
	if !url {
		host = q.To
	}
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	return host
}

// verdict is what an explanation comes down to, as text.
func verdict(e *explain.Explanation) string {
	data, err := json.MarshalIndent(e.Verdict, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}
