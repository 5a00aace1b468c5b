package truth

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const recordings = "../../testdata/truth"

// TestReplay asks every recorded request and compares the answer with what the mesh gave. Requests that do not agree are listed in a
// golden file, with what they were judged and what the answer depends on: what stands there is known, and nothing else may differ. Another one lists what was
// predicted of requests that agree and could not be seen.
func TestReplay(t *testing.T) {
	var lock sync.Mutex
	byArea := map[string]*figures{}
	var lines, unseen []string
	each(t, func(c *Case, s *mesh.Snapshot) error {
		lock.Lock()
		f := byArea[c.Area]
		if f == nil {
			f = &figures{}
			byArea[c.Area] = f
		}
		f.Cases++
		f.Left += len(c.Requests)
		lock.Unlock()
		return c.Asked(s, func(i int, r *flow.Request) error {
			e := explain.Explain(s, r, explain.Options{Brief: true})
			j := c.Requests[i].Judge(e)
			right, asked := c.Requests[i].Details(e)
			lock.Lock()
			defer lock.Unlock()
			if j == Agree {
				unseen = append(unseen, c.excused(i, e)...)
			}
			f.Left--
			f.add(j)
			if asked && j == Agree {
				f.DetailsAsked++
				if right {
					f.DetailsRight++
				} else {
					lines = append(lines, fmt.Sprintf("%s/%s[%d] details", c.Area, c.Name, i))
				}
			}
			if j != Agree {
				why := reason(e)
				if why == "" {
					t.Errorf("%s/%s[%d] is %s, and the answer gives no reason for it", c.Area, c.Name, i, j)
				}
				lines = append(lines, fmt.Sprintf("%s/%s[%d] %s: %s", c.Area, c.Name, i, j, why))
			}
			return nil
		})
	})
	slices.Sort(lines)
	golden.Check(t, filepath.Join(recordings, "differences.txt"), strings.Join(lines, "\n")+"\n")
	slices.Sort(unseen)
	golden.Check(t, filepath.Join(recordings, "unseen.txt"), strings.Join(unseen, "\n")+"\n")
	checkTable(t, table(byArea))
}

// reason is what the answer says that it depends on: the conditions of its outcomes, else what decides and is not in the resources, else
// what is predicted besides.
func reason(e *explain.Explanation) string {
	var conditions, headlines []string
	for _, o := range e.Verdict.Outcomes {
		if o.Condition != "" && !slices.Contains(conditions, o.Condition) {
			conditions = append(conditions, o.Condition)
		}
		headlines = append(headlines, explain.Headline(o))
	}
	if len(conditions) > 0 {
		return "if " + strings.Join(conditions, "; if ")
	}
	var gaps []string
	for _, g := range e.Gaps {
		gaps = append(gaps, g.Text)
	}
	switch {
	case len(gaps) > 0:
		return strings.Join(gaps, "; ")
	case len(headlines) > 1:
		return "one of " + strings.Join(headlines, ", ")
	}
	return ""
}

// excused lists what of a prediction that agrees was not seen, with its ground.
func (c *Case) excused(i int, e *explain.Explanation) []string {
	var out []string
	for _, u := range c.Requests[i].Unseen(e) {
		names := ""
		for _, b := range u.Outcome.Backends {
			names += " " + cmp.Or(b.Namespace+"/"+b.Name, b.Host)
		}
		out = append(out, fmt.Sprintf("%s/%s[%d] %s%s: %s", c.Area, c.Name, i, explain.Headline(u.Outcome), names, u.Ground))
	}
	return out
}
