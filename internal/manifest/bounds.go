package manifest

import (
	"errors"
	"fmt"
	"io"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// Bounds on what is read, so that a hostile or a mistaken file ends in an error and not in the machine's memory.
const (
	// DefaultMaxInput is how many bytes of files are read unless more are asked for.
	DefaultMaxInput = 1 << 30
	// keptPart is the part of that which what is kept may take in memory. Real objects of a mesh take less than a tenth.
	keptPart = 3

	maxObject  = yamljson.MaxDocument // bytes of one object
	maxValues  = 200_000              // of one object
	maxObjects = 500_000              // of all files, also of kinds that no decision reads
	maxDepth   = 100                  // nesting of one object
	maxNested  = 8                    // Lists in Lists
	maxAtOnce  = 4 << 20              // bytes of a document of YAML that is read as a whole
)

// quota is what may still be read, of all files together.
type quota struct{ bytes, of int64 }

var errTooMany = fmt.Errorf("more than %d objects", maxObjects)

// errQuota is the error for files that are too large together.
type errQuota struct{ of int64 }

func (e errQuota) Error() string {
	return fmt.Sprintf("more than %s in all files; --max-input raises the limit", size(e.of))
}

// size is a number of bytes as people write it.
func size(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// limited reads from a file as long as the quota lasts. That it is used up is an error, where [io.LimitedReader] would tell of the file's end.
type limited struct {
	r io.Reader
	q *quota
}

func (l limited) Read(p []byte) (int, error) {
	if l.q.bytes < 0 {
		return 0, errQuota{l.q.of}
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.q.bytes+1)])
	if l.q.bytes -= int64(n); l.q.bytes < 0 {
		return 0, errQuota{l.q.of}
	}
	return n, err
}

// plain is an error without what a reader of JSON puts around it.
func plain(err error) error {
	var q errQuota
	if errors.As(err, &q) {
		return q
	}
	return err
}
