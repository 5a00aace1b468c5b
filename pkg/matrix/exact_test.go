package matrix

import (
	"flag"
	"fmt"
	"math/rand"
	"net/url"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

func everyPod(*corev1.Pod) bool { return true }

func everyService(string, string) bool { return true }

// check compares cells with the answers that are asked for one by one: all of them, or a sample.
func check(s *mesh.Snapshot, q Question, oneOf int, random *rand.Rand) error {
	got := Make(s, q)
	class := map[*corev1.Pod]int{}
	for k, c := range got.Classes {
		for _, p := range c.Pods {
			class[p] = k
		}
	}
	if len(class) != len(q.Sources) {
		return fmt.Errorf("%d of %d sources are in a class", len(class), len(q.Sources))
	}
	m := &maker{s: s, q: &q}
	for d, to := range got.Destinations {
		for _, pod := range q.Sources {
			if oneOf > 1 && random.Intn(oneOf) > 0 {
				continue
			}
			_, v := resolve.Answer(s, q.request(to, pod))
			c := clientOf(s, pod, map[string]*client{})
			want, itself := m.answerOf(v, c, pod, false), m.answerOf(v, c, pod, true)
			b := plain(*got.Answer(d, class[pod]))
			if a := plain(want); a != b && plain(itself) != b {
				return fmt.Errorf("%s/%s -> %s: one by one %s, in the matrix %s", pod.Namespace, pod.Name, to, a, b)
			}
		}
	}
	return nil
}

// plain is an answer without its gaps.
func plain(a Answer) string {
	a.Gaps = nil
	return a.text()
}

var full = flag.Bool("full", false, "compare every pair of every recorded mesh, not a sample")

// RecordedMesh is a recorded mesh, and the URLs that were asked for in it.
type RecordedMesh struct {
	Snapshot func() (*mesh.Snapshot, error)
	URLs     []string
}

// Recorded calls a function with every recorded mesh; the external tests of this package set it.
var Recorded func(func(int, RecordedMesh) error) error

// TestRecorded: in all recorded meshes every cell is what the pair gets that is asked for alone.
func TestRecorded(t *testing.T) {
	err := Recorded(func(i int, c RecordedMesh) error {
		if !*full && i%5 > 0 {
			return nil
		}
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		oneOf := 10
		if *full {
			oneOf = 1
		}
		q := Question{Sources: Pods(s, everyPod), Destinations: Services(s, pathsOf(c), everyService), Request: flow.Request{Method: "GET"}}
		return check(s, q, oneOf, rand.New(rand.NewSource(int64(i))))
	})
	if err != nil {
		t.Error(err)
	}
}

// pathsOf are some paths that were asked for.
func pathsOf(c RecordedMesh) []string {
	paths := []string{"/"}
	for _, r := range c.URLs {
		if u, err := url.Parse(r); err == nil && len(paths) < 3 && u.Path != "" && !slices.Contains(paths, u.Path) {
			paths = append(paths, u.Path)
		}
	}
	return paths
}
