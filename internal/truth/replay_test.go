package truth

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

var update = flag.Bool("update", false, "write the golden files anew")

const archives = "../../testdata/truth"

// all loads every archive.
func all(t testing.TB) []*Case {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(archives, "*.tar.gz"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in %s: %v", archives, err)
	}
	var out []*Case
	for _, n := range names {
		cases, err := Load(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, cases...)
	}
	return out
}

// parallel calls f with every case, on all processors.
func parallel(t testing.TB, cases []*Case, f func(*Case) error) {
	t.Helper()
	var wait sync.WaitGroup
	work := make(chan *Case)
	errs := make(chan error, len(cases))
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for c := range work {
				if err := f(c); err != nil {
					errs <- fmt.Errorf("%s/%s: %w", c.Area, c.Name, err)
				}
			}
		}()
	}
	for _, c := range cases {
		work <- c
	}
	close(work)
	wait.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

// TestReplay asks every recorded request and compares the answer with what the mesh gave. Requests that do not agree are listed in a
// golden file, with what they were judged: what stands there is known, and nothing else may differ.
func TestReplay(t *testing.T) {
	cases := all(t)
	var lock sync.Mutex
	byArea := map[string]*figures{}
	var lines []string
	parallel(t, cases, func(c *Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		for i, r := range c.Requests {
			q, ok, err := r.Question()
			if err != nil {
				return fmt.Errorf("requests[%d]: %w", i, err)
			}
			var e *explain.Explanation
			if ok {
				bound, err := q.Bind(s)
				if err != nil {
					return fmt.Errorf("requests[%d]: %w", i, err)
				}
				e = explain.Explain(s, bound, explain.Options{Brief: true})
			}
			lock.Lock()
			f := byArea[c.Area]
			if f == nil {
				f = &figures{}
				byArea[c.Area] = f
			}
			if i == 0 {
				f.Cases++
			}
			if !ok {
				f.Left++
				lock.Unlock()
				continue
			}
			j := r.Judge(e)
			f.add(j)
			right, asked := r.Details(e)
			if asked && j == Agree {
				f.DetailsAsked++
				if right {
					f.DetailsRight++
				} else {
					lines = append(lines, fmt.Sprintf("%s/%s[%d] details", c.Area, c.Name, i))
				}
			}
			if j != Agree {
				lines = append(lines, fmt.Sprintf("%s/%s[%d] %s", c.Area, c.Name, i, j))
			}
			lock.Unlock()
		}
		return nil
	})
	slices.Sort(lines)
	golden(t, filepath.Join(archives, "differences.txt"), strings.Join(lines, "\n")+"\n")
	checkTable(t, table(byArea))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and read what changed.\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}
