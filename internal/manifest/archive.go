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
	"strings"
)

// file visits a file, or the manifests in an archive.
func (s Source) file(name string, f visit) error {
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
			return broken(name, err)
		}
		return s.tar(name, z, f)
	case strings.HasSuffix(lower, ".tar"):
		return s.tar(name, file, f)
	case strings.HasSuffix(lower, ".zip"):
		return openZip(name, file, f)
	}
	return f(name, file)
}

const maxEntries = 50_000 // of one archive

// broken is the error for an archive that cannot be read to its end.
func broken(name string, err error) error {
	if q := plain(err); errors.As(q, &errQuota{}) {
		return fmt.Errorf("%s: %w", name, q)
	}
	return fmt.Errorf("%s: broken archive: %w", name, err)
}

// tar visits the manifests in an archive. The quota is on what comes out of the compression, so that a small archive cannot hold a large one back; it is
// the archive's own, as what is visited counts for itself.
func (s Source) tar(name string, r io.Reader, f visit) error {
	var errs []error
	t := &tarball{r: limited{r, &quota{s.most(), s.most()}}}
	entries := tar.NewReader(t)
	read := map[string]bool{}
	for n := 0; ; n++ {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			err = t.finish()
		}
		switch {
		case err != nil:
			return errors.Join(append(errs, broken(name, err))...)
		case h == nil:
			return errors.Join(errs...)
		case n > maxEntries:
			return errors.Join(append(errs, fmt.Errorf("%s: more than %d entries", name, maxEntries))...)
		}
		t.entry(h)
		at := path.Clean(h.Name)
		switch {
		case !manifestName(at), h.Typeflag == tar.TypeDir, h.Typeflag == tar.TypeLink && read[path.Clean(h.Linkname)]:
		case h.Typeflag == tar.TypeReg, h.Typeflag == tar.TypeGNUSparse:
			read[at] = true
			errs = append(errs, f(name+":"+at, entries))
		default:
			errs = append(errs, fmt.Errorf("%s:%s is no regular file (a link?), which is not followed; put the file itself into the archive", name, at))
		}
	}
}

// tarball is an archive that is being read. A tar ends with blocks of zeros; one that was cut between two entries has none.
type tarball struct {
	r      io.Reader
	n, end int64 // what was read; where the last entry ends
}

func (t *tarball) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	return n, err
}

const tarBlock = 512

// entry notes where an entry ends whose head was just read.
func (t *tarball) entry(h *tar.Header) {
	t.end = t.n
	sparse := h.Typeflag == tar.TypeGNUSparse || h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != ""
	switch {
	case sparse: // stored shorter than it is
		t.end = 0
	case h.Typeflag == tar.TypeReg:
		t.end += (h.Size + tarBlock - 1) / tarBlock * tarBlock
	}
}

// finish reads behind the last entry, to the end.
func (t *tarball) finish() error {
	if t.n <= t.end {
		return errors.New("it ends without the mark of its end: it may have been cut off")
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := t.r.Read(buf)
		if len(bytes.Trim(buf[:n], "\x00")) > 0 {
			return errors.New("more follows behind the mark of its end: perhaps another archive was appended")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
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
		return broken(name, err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("%s: more than %d entries", name, maxEntries)
	}
	var errs []error
	for _, e := range z.File {
		at := name + ":" + path.Clean(e.Name)
		switch mode := e.FileInfo().Mode(); {
		case mode.IsDir() || !manifestName(e.Name):
		case mode&fs.ModeType != 0:
			errs = append(errs, fmt.Errorf("%s is no regular file (a link?), which is not followed; put the file itself into the archive", at))
		default:
			errs = append(errs, zipped(at, e, f))
		}
	}
	return errors.Join(errs...)
}

func zipped(at string, e *zip.File, f visit) error {
	r, err := e.Open()
	if err != nil {
		return broken(at, err)
	}
	defer r.Close() //nolint:errcheck // only read from
	return f(at, r)
}
