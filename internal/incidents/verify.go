package incidents

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Verify compares what a repair was said to do with what it does, request by request: it makes the request fare better, and of the others to
// the same port, from workloads chosen at random, those change that it names.
func Verify(s *mesh.Snapshot, q *flow.Request, r repair.Repair, random *rand.Rand) error {
	if len(r.Objects) == 0 {
		return nil
	}
	sent := q
	if r.Request != nil {
		sent = r.Request
	}
	was, is := answer(s, q), answer(r.Trial(s), sent)
	if reach.Served(is) <= reach.Served(was) && was.Settled || reach.Served(is) < 1 && !was.Settled {
		return fmt.Errorf("with it the request gets %s, without it %s", reach.Said(is), reach.Said(was))
	}
	return others(s, q, r, random)
}

// VerifyEnforced does the same for a change by which a policy acts: it makes the request fare worse.
func VerifyEnforced(s *mesh.Snapshot, q *flow.Request, e repair.Enforcement, random *rand.Rand) error {
	was, is := answer(s, q), answer(e.Mesh(s), q)
	if reach.Served(is) >= reach.Served(was) {
		return fmt.Errorf("with it the request gets %s, without it %s", reach.Said(is), reach.Said(was))
	}
	return others(s, q, e.Repair, random)
}

// others compares what other requests get with what the reach says of them.
func others(s *mesh.Snapshot, q *flow.Request, r repair.Repair, random *rand.Rand) error {
	after := r.Mesh(s)
	if q.Source == nil || q.Via != nil || q.Raw() {
		return nil
	}
	to, tcp, ok := port(s, q)
	if !ok {
		return nil
	}
	pods := matrix.Pods(s, func(p *corev1.Pod) bool { return mesh.RoleOf(p) == mesh.SidecarProxy || mesh.RoleOf(p) == mesh.NoProxy })
	const some = 12
	for range some {
		x := *q
		x.Source = pods[random.Intn(len(pods))]
		x.Method, x.Path = []string{q.Method, "PATCH"}[random.Intn(2)], []string{q.Path, "/any-other-path"}[random.Intn(2)]
		if tcp && workload(x.Source) == workload(q.Source) {
			continue // on a port that is not read as HTTP there are no paths: it is the request itself
		}
		if x.Method == q.Method && x.Path == q.Path && workload(x.Source) == workload(q.Source) || q.Method == "PATCH" || workload(x.Source) == "" {
			continue
		}
		if err := pair(s, after, &x, q, to, r.Reach); err != nil {
			return err
		}
	}
	return nil
}

// pair compares one request.
func pair(s, after *mesh.Snapshot, x, q *flow.Request, to string, told reach.Reach) error {
	was, is := reach.Said(answer(s, x)), reach.Said(answer(after, x))
	path, _, _ := strings.Cut(x.Path, "?")
	named := slices.ContainsFunc(told.Effects, func(e reach.Effect) bool {
		return e.To == to && (e.Method == "" || e.Method == x.Method || e.Method == reach.Any && x.Method != q.Method) &&
			(e.Path == "" || e.Path == path || e.Path == reach.Any && x.Path != q.Path) && e.Before == was && e.After == is && e.Token != "without" && from(e, workload(x.Source))
	})
	if (was != is) == named || told.Bounded {
		return nil
	}
	return fmt.Errorf("%s -> %s %s %s: %s becomes %s, and what the reach says of it is wrong: %+v", workload(x.Source), to, x.Method, x.Path, was, is, told.Effects)
}

func from(e reach.Effect, workload string) bool {
	ns, _, _ := strings.Cut(workload, "/")
	return slices.Contains(e.From, workload) || slices.Contains(e.From, ns+"/*")
}

func workload(p *corev1.Pod) string { return p.Namespace + "/" + matrix.Workload(p) }

// port is the port of a Service that a question is about, as a reach names it, and whether it is declared as no HTTP.
func port(s *mesh.Snapshot, q *flow.Request) (to string, tcp, ok bool) {
	name, ns, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(q.Host, "."+mesh.DomainSuffix), ".svc"), ".")
	if ns == "" {
		ns = q.Namespace()
	}
	svc, ok, _ := s.Services.Get(ns, name)
	if !ok {
		return "", false, false
	}
	for _, p := range svc.Spec.Ports {
		if int(p.Port) == q.Port {
			tcp = mesh.PortProtocol(p.Port, p.Name, string(p.Protocol), p.AppProtocol).Class() == mesh.ClassTCP
		}
	}
	return fmt.Sprintf("%s.%s:%d", name, ns, q.Port), tcp, true
}

func answer(s *mesh.Snapshot, q *flow.Request) flow.Verdict {
	x := *q
	if q.Source != nil {
		pod, ok, _ := s.Pods.Get(q.Source.Namespace, q.Source.Name)
		if !ok {
			return flow.Verdict{}
		}
		x.Source = pod
	}
	_, v := resolve.Answer(s, &x)
	return v
}
