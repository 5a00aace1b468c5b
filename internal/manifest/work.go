package manifest

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// work decodes documents on all processors while more of them are read, and hands on what they come to in their order.
type work struct {
	namespace string
	whole     bool
	keep      func(piece) error

	batch   []*document
	bytes   int
	batches chan []*document
	ended   chan error
	fault   any // what panicked
	stopped atomic.Bool
}

// What a batch holds at most.
const (
	batchDocuments = 1024
	batchBytes     = 2 << 20
)

func newWork(namespace string, whole bool, keep func(piece) error) *work {
	w := &work{namespace: namespace, whole: whole, keep: keep, batches: make(chan []*document, 1), ended: make(chan error, 1)}
	go w.run()
	return w
}

// add takes a document. The error is [errEnough] where no more are wanted.
func (w *work) add(d *document) error {
	if w.stopped.Load() {
		return errEnough
	}
	w.batch = append(w.batch, d)
	if w.bytes += d.size(); len(w.batch) == batchDocuments || w.bytes > batchBytes {
		w.batches <- w.batch
		w.batch, w.bytes = nil, 0
	}
	return nil
}

// done waits until all is kept.
func (w *work) done() error {
	w.batches <- w.batch
	close(w.batches)
	err := <-w.ended
	if w.fault != nil {
		panic(w.fault) // where whoever asked can catch it
	}
	return err
}

func (w *work) run() {
	var failed error
	for batch := range w.batches {
		if failed != nil {
			continue
		}
		if failed = w.decode(batch); failed != nil {
			w.stopped.Store(true)
		}
	}
	w.ended <- failed
}

// decode decodes a batch and keeps it. What panics ends it, as an error does.
func (w *work) decode(batch []*document) (err error) {
	defer func() {
		if v := recover(); v != nil {
			w.fault, err = v, errEnough
		}
	}()
	pieces := make([][]piece, len(batch))
	parallel(len(batch), func(i int) { pieces[i] = w.read(batch[i]) })
	for _, list := range pieces {
		for _, p := range list {
			if err := w.keep(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *work) read(d *document) []piece {
	if d.size() > heavy {
		weight.Lock()
		defer weight.Unlock()
	}
	if d.yaml == nil {
		return []piece{read(d, w.namespace)}
	}
	var out []piece
	docs, err := d.expand(w.whole)
	for _, x := range docs {
		out = append(out, read(x, w.namespace))
	}
	if err != nil {
		out = append(out, piece{document: d, err: err})
	}
	return out
}

// Large documents are read one at a time: while it is decoded, one takes a multiple of its size.
const heavy = 256 << 10

var weight sync.Mutex

// size is about the memory that a document takes.
func (d *document) size() int {
	n := len(d.json) + len(d.head) + waiting
	if d.yaml != nil {
		n += len(d.yaml.yaml)
	}
	return n
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
