package matrix

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// TestCompare: in recorded meshes from which something is taken away, every pair is told to change that gets something else, and no other,
// whether pods and Services are there at both times or at one.
func TestCompare(t *testing.T) {
	err := Recorded(func(i int, c RecordedMesh) error {
		if i%40 > 0 {
			return nil
		}
		random := rand.New(rand.NewSource(int64(i)))
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		changed := s
		for _, kind := range []mesh.Kind{mesh.AuthorizationPolicy, mesh.PeerAuthentication, mesh.VirtualService, mesh.Service, mesh.Pod} {
			if list := s.Objects(kind); len(list) > 0 {
				if less, ok := changed.Without(list[random.Intn(len(list))]); ok {
					changed = less
				}
			}
		}
		paths := pathsOf(c)
		ask := func(s *mesh.Snapshot) *Matrix {
			return Make(s, Question{Sources: Pods(s, everyPod), Outside: true, Destinations: Services(s, paths, everyService), Request: flow.Request{Method: "GET"}})
		}
		before, after := ask(s), ask(changed)
		if random.Intn(2) == 0 {
			before, after = after, before
		}
		return comparesAs(Compare(before, after), cells(before), cells(after))
	})
	if err != nil {
		t.Error(err)
	}
}

// cells are what every single pair gets, as far as the caller sees it.
func cells(m *Matrix) map[string]string {
	out := map[string]string{}
	for d, to := range m.Destinations {
		for k, c := range m.Classes {
			for _, p := range c.Pods {
				out[podKey(p)+" "+to.String()] = m.Answer(d, k).seen()
			}
		}
		out["outside "+to.String()] = m.Answers[m.Outside[d]].seen()
	}
	return out
}

func comparesAs(c *Changes, before, after map[string]string) error {
	told := map[string]bool{}
	for _, x := range c.List() {
		to := " " + c.Destinations[x.Destination].String()
		for _, k := range x.Classes {
			for _, p := range c.Classes[k].Pods {
				told[podKey(p)+to] = true
			}
		}
		if x.Outside {
			told["outside"+to] = true
		}
	}
	changed, _, _ := c.Count()
	if changed != len(told) {
		return fmt.Errorf("%d pairs are counted, %d are listed", changed, len(told))
	}
	for _, m := range []map[string]string{before, after} {
		for pair := range m {
			if differs := before[pair] != after[pair]; differs != told[pair] {
				return fmt.Errorf("%s: before %q, after %q, told to change: %v", pair, before[pair], after[pair], told[pair])
			}
		}
	}
	return nil
}

// TestCompareItself: of what did not change nothing does.
func TestCompareItself(t *testing.T) {
	err := Recorded(func(i int, c RecordedMesh) error {
		if i%100 > 0 {
			return nil
		}
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		m := Make(s, Question{Sources: Pods(s, everyPod), Destinations: Services(s, []string{"/"}, everyService), Request: flow.Request{Method: "GET"}})
		if x := Compare(m, m); len(x.List()) > 0 || !slices.Equal(x.Destinations, m.Destinations) || len(x.Classes) != len(m.Classes) {
			return fmt.Errorf("%d changes, %d classes of %d", len(x.List()), len(x.Classes), len(m.Classes))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
