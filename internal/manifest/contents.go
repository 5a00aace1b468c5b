package manifest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// contents collects what the files hold.
type contents struct {
	namespace string // of objects that name none
	objects   []metav1.Object
	legacy    []*unstructured.Unstructured
	from      []string // of the legacy objects
	newer     []mesh.Gap
	readings  map[mesh.Kind]mesh.Reading // nil where no document tells; all was read then
	forced    *mesh.Release
}

// maxErrors is how many errors of one file or List are told.
const maxErrors = 20

// atOnce bounds how many documents are decoded before what they hold is looked at.
const atOnce = 4096

// add decodes documents, on all processors, and keeps what a decision reads of them in their order.
func (c *contents) add(docs []document) error {
	var errs []error
	for len(docs) > 0 {
		part := docs[:min(atOnce, len(docs))]
		docs = docs[len(part):]
		pieces, failed := make([]piece, len(part)), make([]error, len(part))
		parallel(len(part), func(i int) { pieces[i], failed[i] = read(part[i], c.namespace) })
		for i, p := range pieces {
			err := failed[i]
			if err == nil {
				err = c.keep(part[i], p)
			}
			if err == nil {
				continue
			}
			if errs = append(errs, err); len(errs) == maxErrors {
				return errors.Join(append(errs, fmt.Errorf("%s: more is not looked at; mend these first", part[i].at.file))...)
			}
		}
	}
	return errors.Join(errs...)
}

func (c *contents) keep(d document, p piece) error {
	switch {
	case p.items != nil:
		return c.add(p.items)
	case p.coverage != nil:
		if err := c.readAs(*p.coverage); err != nil {
			return fmt.Errorf("%s: %s: %w", d.at, coverageKind, err)
		}
	case p.legacy != nil:
		c.legacy, c.from = append(c.legacy, p.legacy), append(c.from, d.at.String())
	case p.object != nil:
		if len(c.objects) >= maxObjects {
			return fmt.Errorf("%s: %w", d.at, errTooMany)
		}
		c.objects = append(c.objects, p.object)
	}
	return nil
}

// parallel calls f for every number below n.
func parallel(n int, f func(int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	var fault atomic.Pointer[any]
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					fault.CompareAndSwap(nil, &v)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
	if v := fault.Load(); v != nil {
		panic(*v) // where whoever asked can catch it
	}
}
