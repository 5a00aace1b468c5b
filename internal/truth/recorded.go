package truth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Recorded returns the cases of all areas in a folder.
func Recorded(folder string) ([]*Case, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []*Case
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		cases, err := Load(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, cases...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there are no recorded cases in %s", folder)
	}
	return out, nil
}

// Each calls f with every case of a folder and its number, on all processors, and gives all errors, with the names of their cases.
func Each(folder string, f func(n int, c *Case) error) error {
	cases, err := Recorded(folder)
	if err != nil {
		return err
	}
	errs := make([]error, len(cases))
	work := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for n := range work {
				if err := f(n, cases[n]); err != nil {
					errs[n] = fmt.Errorf("%s/%s: %w", cases[n].Area, cases[n].Name, err)
				}
			}
		})
	}
	for n := range cases {
		work <- n
	}
	close(work)
	wait.Wait()
	return errors.Join(errs...)
}

// Questions calls f with the requests of the case that the plugin has words for, and their numbers.
func (c *Case) Questions(f func(i int, q question.Question) error) error {
	var errs []error
	for i, r := range c.Requests {
		q, ok, err := r.Question()
		if ok && err == nil {
			err = f(i, q)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("requests[%d] %s %s -> %s: %w", i, r.From, r.Method, r.URL, err))
		}
	}
	return errors.Join(errs...)
}

// Asked does so with what they ask of a snapshot.
func (c *Case) Asked(s *mesh.Snapshot, f func(i int, r *flow.Request) error) error {
	return c.Questions(func(i int, q question.Question) error {
		r, err := q.Bind(s)
		if err != nil {
			return err
		}
		return f(i, r)
	})
}
