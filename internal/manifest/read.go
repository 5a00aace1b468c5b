package manifest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Source reads files.
type Source struct {
	Stdin     io.Reader
	Namespace string // of objects that name none
}

// Snapshot reads files, folders (with what is below them), archives (.tar, .tar.gz, .tgz, .zip) and "-" for standard input. Of
// several objects of one name the last one counts. All errors of all files are returned at once.
func (s Source) Snapshot(names ...string) (*mesh.Snapshot, error) {
	c, err := s.read(names)
	if err != nil {
		return nil, err
	}
	snap := mesh.Collect(c.objects)
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
	return c.objects, nil
}

// future stands for the time at which an object will be created that is only being thought about.
var future = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (s Source) read(names []string) (*contents, error) {
	c := &contents{namespace: s.Namespace}
	if c.namespace == "" {
		c.namespace = "default"
	}
	var errs []error
	budget := int64(maxTotal)
	for _, name := range names {
		err := s.open(name, func(file string, r io.Reader) error {
			counted := &io.LimitedReader{R: r, N: budget}
			docs, err := split(file, counted)
			if budget = counted.N; budget <= 0 {
				return fmt.Errorf("%s: more than %d MiB in all files", file, maxTotal>>20)
			}
			return errors.Join(err, c.add(docs))
		})
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// visit is called with each file.
type visit func(file string, r io.Reader) error

func (s Source) open(name string, f visit) error {
	switch {
	case name == "-":
		if s.Stdin == nil {
			return errors.New("standard input is not at hand here")
		}
		return f("standard input", s.Stdin)
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
		return s.walk(name, f)
	}
	return openFile(name, f)
}

func (s Source) walk(dir string, f visit) error {
	var errs []error
	found := false
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !manifestName(name) {
			return err
		}
		found = true
		errs = append(errs, openFile(name, f))
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s holds no .yaml, .yml or .json file", dir)
	}
	return errors.Join(append(errs, err)...)
}

func manifestName(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

func openFile(name string, f visit) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read from
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		z, err := gzip.NewReader(file)
		if err != nil {
			return fmt.Errorf("%s: broken archive: %w", name, err)
		}
		return openTar(name, z, f)
	case strings.HasSuffix(lower, ".tar"):
		return openTar(name, file, f)
	case strings.HasSuffix(lower, ".zip"):
		return openZip(name, file, f)
	}
	return f(name, file)
}

const maxEntries = 50_000 // of one archive

func openTar(name string, r io.Reader, f visit) error {
	var errs []error
	// The limit is on what comes out of the compression, so that a small archive cannot hold a large one back.
	t := tar.NewReader(io.LimitReader(r, maxTotal))
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(errs...)
		}
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("%s: broken archive: %w", name, err))...)
		}
		if n > maxEntries {
			return fmt.Errorf("%s: more than %d entries", name, maxEntries)
		}
		if h.Typeflag == tar.TypeReg && manifestName(h.Name) {
			errs = append(errs, f(name+":"+path.Clean(h.Name), t))
		}
	}
}

func openZip(name string, file *os.File, f visit) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(file, info.Size())
	if err != nil {
		return fmt.Errorf("%s: broken archive: %w", name, err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("%s: more than %d entries", name, maxEntries)
	}
	var errs []error
	total := 0
	for _, e := range z.File {
		if e.FileInfo().IsDir() || !manifestName(e.Name) {
			continue
		}
		r, err := e.Open()
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%s: broken archive: %w", name, e.Name, err))
			continue
		}
		data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
		r.Close() //nolint:errcheck // only read from
		if total += len(data); total > maxTotal {
			return errors.Join(append(errs, fmt.Errorf("%s: more than %d MiB in all files", name, maxTotal>>20))...)
		}
		if err != nil {
			err = fmt.Errorf("%s:%s: broken archive: %w", name, e.Name, err)
		} else {
			err = f(name+":"+path.Clean(e.Name), bytes.NewReader(data))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
