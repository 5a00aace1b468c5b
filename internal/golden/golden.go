// Package golden holds what tests produce against files that people have read.
package golden

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// Update is the flag -update of every test that compares with files: what comes out is written into them, to be read before it is kept.
var Update = flag.Bool("update", false, "write what comes out into the files that the tests compare with; read it then")

// Check compares with a file.
func Check[T string | []byte](t testing.TB, name string, got T) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(got), want) {
		t.Error(Differs(name, want, []byte(got)))
	}
}

// Differs says how a file and what came out differ, line by line.
func Differs(path string, want, got []byte) string {
	return fmt.Sprintf("%s differs; run the test with -update and read what changed.\n%s", path, diff.Diff("want", want, "got", got))
}
