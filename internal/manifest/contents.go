package manifest

import (
	"errors"
	"fmt"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// contents collects what the files hold.
type contents struct {
	namespace string // of objects that name none
	whole     bool   // what no decision reads is kept too
	most      int64  // bytes of all files
	count     int    // objects so far, kept or not
	room      int64  // bytes of memory that what is kept may still take
	objects   []metav1.Object
	legacy    []*unstructured.Unstructured
	from      []string // of the legacy objects
	newer     []mesh.Gap
	readings  map[mesh.Kind]mesh.Reading // nil where no document tells; all was read then
	forced    *release.Release
}

// maxErrors is how many errors of one file are told.
const maxErrors = 20

// errEnough ends the reading of a file.
var errEnough = errors.New("enough")

// file is a file whose objects are being kept.
type file struct {
	*contents
	name string
	errs []error
}

// add reads a file and keeps what a decision reads of it, in the order of the file.
func (c *contents) add(name string, r io.Reader) error {
	f := &file{contents: c, name: name}
	w := newWork(c.namespace, c.whole, f.keep)
	for _, err := range []error{takeApart(name, r, c.whole, w.add), w.done()} {
		if err != nil && !errors.Is(err, errEnough) {
			f.errs = append(f.errs, err)
		}
	}
	return errors.Join(f.errs...)
}

// keep takes what was read. Its error ends the reading.
func (f *file) keep(p piece) error {
	if f.count++; f.count > maxObjects {
		return fmt.Errorf("%s: %w", f.name, errTooMany)
	}
	if f.room -= int64(p.size); f.room < 0 {
		return fmt.Errorf("%s: the objects that matter take more than %s of memory, in all files; --max-input raises the limit", f.name, size(f.most/keptPart>>20<<20))
	}
	l := p.document.list
	if l != nil && l.before == nil {
		l.before = f.mark()
	}
	if p.document.ends != nil && p.ends == nil {
		f.reset(p.document.ends.before) // it has items, and is no List all the same
	}
	err := p.err
	switch {
	case err != nil:
	case p.waits:
		l.pending = append(l.pending, p.document)
	case p.ends != nil:
		return f.close(p.document.ends, *p.ends)
	case p.coverage != nil:
		if err = f.readAs(*p.coverage); err != nil {
			err = fmt.Errorf("%s: %s: %w", p.document.at, CoverageKind, err)
		}
	case p.legacy != nil:
		f.legacy, f.from = append(f.legacy, p.legacy), append(f.from, p.document.at.String())
	case p.object != nil:
		f.objects = append(f.objects, p.object)
	}
	return f.fail(err)
}

// fail notes an error.
func (f *file) fail(err error) error {
	if err == nil {
		return nil
	}
	if f.errs = append(f.errs, err); len(f.errs) < maxErrors {
		return nil
	}
	f.errs = append(f.errs, fmt.Errorf("%s: the rest is not checked; fix these first", f.name))
	return errEnough
}

// close ends a List, whose kind tells that of the items that name none.
func (f *file) close(l *list, of parent) error {
	for _, d := range l.pending {
		f.room += int64(len(d.json) + len(d.head) + waiting)
		d.of = of
		p := read(d, f.namespace)
		if err := f.keep(p); err != nil {
			return err
		}
	}
	l.pending = nil
	return nil
}

// mark is how far a file had been kept.
type mark struct{ objects, legacy, errs int }

func (f *file) mark() *mark { return &mark{len(f.objects), len(f.legacy), len(f.errs)} }

// reset forgets what was kept since.
func (f *file) reset(m *mark) {
	if m == nil {
		return
	}
	f.objects, f.legacy, f.from, f.errs = f.objects[:m.objects], f.legacy[:m.legacy], f.from[:m.legacy], f.errs[:m.errs]
}
