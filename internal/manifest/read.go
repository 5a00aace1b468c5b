package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/joined"
	"github.com/mesh-why/mesh-why/internal/standin"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Source reads files.
type Source struct {
	Stdin     io.Reader
	Namespace string // of objects that name none
	// MaxInput is how many bytes are read of all files; 0 stands for DefaultMaxInput. What is kept of them takes at most a third as much memory.
	MaxInput int64
	// Whole keeps what no decision reads too.
	Whole bool
}

// Snapshot reads files, folders (with what is below them), archives (.tar, .tar.gz, .tgz, .zip) and "-" for standard input. Of
// several objects of one name the last one counts. The errors of all files are returned at once, up to a bound.
func (s Source) Snapshot(names ...string) (*mesh.Snapshot, error) {
	c, err := s.read(names)
	if err != nil {
		return nil, err
	}
	snap := mesh.Collect(standin.Complete(c.objects))
	snap.Legacy, snap.LegacyFrom = c.legacy, c.from
	return c.covered(snap), nil
}

// Objects reads the same and returns the objects alone, to put on top of a snapshot.
func (s Source) Objects(names ...string) ([]metav1.Object, error) {
	c, err := s.read(names)
	if err != nil {
		return nil, err
	}
	// Objects that are about to be created are younger than all that exist.
	for _, o := range c.objects {
		if t := o.GetCreationTimestamp(); t.IsZero() {
			o.SetCreationTimestamp(metav1.NewTime(future))
		}
	}
	return standin.Address(standin.Configured(c.objects)), nil
}

// future stands for the time at which an object will be created that is only being thought about.
var future = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (s Source) read(names []string) (*contents, error) {
	c := &contents{namespace: cmp.Or(s.Namespace, "default"), whole: s.Whole, most: s.most(), room: s.most() / keptPart}
	q := &quota{s.most(), s.most()}
	var errs []error
	for _, name := range names {
		errs = append(errs, s.open(name, func(file string, r io.Reader) error { return c.add(file, limited{r, q}) }))
	}
	return c, few(errors.Join(errs...))
}

// few bounds an error that is made of many, of as many files.
func few(err error) error {
	all := joined.Errors(err)
	if len(all) <= maxErrors+1 { // a file tells as many, and that there may be more
		return err
	}
	return errors.Join(append(all[:maxErrors:maxErrors], fmt.Errorf("and %d more errors", len(all)-maxErrors))...)
}

func (s Source) most() int64 { return cmp.Or(s.MaxInput, DefaultMaxInput) }

// counted counts what is read.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// visit is called with each file.
type visit func(file string, r io.Reader) error

func (s Source) open(name string, f visit) error {
	switch {
	case name == "-":
		if s.Stdin == nil {
			return errors.New("standard input is not available here")
		}
		in := &counted{r: s.Stdin}
		err := f("standard input", in)
		if err == nil && in.n == 0 {
			err = errors.New("standard input: there is nothing in it; did the command fail that was to write it?")
		}
		return err
	case strings.Contains(name, "://"):
		return fmt.Errorf("%s: addresses are not fetched; save it to a file first", name)
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the path %q does not exist", name)
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return s.folder(name, f)
	}
	return s.file(name, f)
}
