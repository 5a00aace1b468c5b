package process

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
)

// Fault is an error of the program itself: a panic that was caught. It is no answer to anything.
type Fault struct {
	Value any      // what the panic was called with
	Calls []string // that led to it, the innermost first, as FUNCTION FILE:LINE
}

func (f *Fault) Error() string {
	return fmt.Sprintf("no answer, because of a fault in this program: %v\n  %s\nPlease report it, if possible with the mesh: kubectl mesh-why dump",
		f.Value, strings.Join(f.Calls, "\n  "))
}

// Catch turns a panic of the function that defers it into an error:
//
//	defer process.Catch(&err)
func Catch(err *error) {
	if v := recover(); v != nil {
		*err = newFault(v)
	}
}

// newFault describes a panic. One that a goroutine has handed on keeps the calls of that goroutine.
func newFault(v any) *Fault {
	if f, ok := v.(*Fault); ok {
		return f
	}
	return &Fault{v, calls()}
}

const module = "github.com/mesh-why/mesh-why/"

// catching are the functions that stand between a panic and what became of it.
var catching = []string{"internal/process.Catch", "internal/process.newFault", "internal/process.calls"}

// calls are those of the program's own functions that led to a panic.
func calls() []string {
	const most = 12
	var pcs [256]uintptr
	var out []string
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for {
		f, more := frames.Next()
		name, own := strings.CutPrefix(f.Function, module)
		if (own || strings.HasPrefix(name, "main.")) && !slices.Contains(catching, name) {
			out = append(out, fmt.Sprintf("%s %s:%d", name, path.Base(f.File), f.Line))
		}
		if !more || len(out) == most {
			return out
		}
	}
}
