//go:build unix

package wildmesh

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/dump"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const (
	mostTime   = 2 * time.Second // of the processor, for all that is asked of a mesh
	mostMemory = 1 << 30
	stack      = 256 << 20 // as the program has it
)

// FuzzMesh asks questions of meshes in which anything refers to anything: each has its answer, soon, and in little memory.
//
//	go test ./internal/wildmesh -fuzz FuzzMesh -fuzztime 1m
func FuzzMesh(f *testing.F) {
	debug.SetMaxStack(stack)
	f.Add([]byte{})
	for seed := range int64(60) {
		f.Add(random(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return // what is behind is not read
		}
		defer watch(data)()
		list, ask := Mesh(data)
		s, err := manifest.Source{Stdin: bytes.NewReader(list)}.Snapshot("-")
		if err != nil {
			return
		}
		if err := everything(s, ask); err != nil {
			t.Error(err)
		}
	})
}

func random(seed int64) []byte {
	r := rand.New(rand.NewSource(seed))
	data := make([]byte, 200+r.Intn(2000))
	_, _ = r.Read(data)
	return data
}

// everything asks what the commands ask.
func everything(s *mesh.Snapshot, ask Ask) error {
	q := question.Question{From: ask.From, To: ask.To, Path: ask.Path, Via: ask.Via, Method: ask.Method, TCP: ask.TCP, Now: time.Unix(1767225600, 0)}
	if r, err := q.Bind(s); err == nil {
		e := explain.Explain(s, r, explain.Options{Command: "kubectl mesh-why"})
		for _, format := range []string{"table", "wide", "json"} {
			if err := render.Explanation(io.Discard, e, render.Options{Format: format, Trace: true, Width: 100}); err != nil {
				return err
			}
		}
	}
	m := matrix.Make(s, matrix.Question{Sources: matrix.Pods(s, func(*corev1.Pod) bool { return true }), Outside: true,
		Destinations: matrix.Services(s, []string{"/a"}, func(string, string) bool { return true }), Request: flow.Request{Method: "GET"}})
	if err := render.Matrix(io.Discard, m, "GET", render.Options{Format: "csv"}); err != nil {
		return err
	}
	var file bytes.Buffer
	if err := dump.Write(&file, s, dump.Options{}); err != nil {
		return err
	}
	if _, err := (manifest.Source{Stdin: &file}).Snapshot("-"); err != nil {
		return fmt.Errorf("a dump cannot be read: %w", err)
	}
	return nil
}

// watch ends the process, with the stacks of all that runs, where something takes too long or too much. The time is that of the processor: others may need it too.
func watch(data []byte) (stop func()) {
	done := make(chan struct{})
	began := used()
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if took := used() - began; took > mostTime || m.HeapAlloc > mostMemory {
				debug.SetTraceback("all")
				panic(fmt.Sprintf("%s and %d MiB for %x", took, m.HeapAlloc>>20, data))
			}
		}
	}()
	return func() { close(done) }
}

// used is the time that this process has had of the processor.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestMeshes makes sure that what is made is read and answered, for the most part: a mesh that is refused finds nothing.
func TestMeshes(t *testing.T) {
	read, bound := 0, 0
	const many = 200
	for seed := range int64(many) {
		list, ask := Mesh(random(seed))
		s, err := manifest.Source{Stdin: bytes.NewReader(list)}.Snapshot("-")
		if err != nil {
			if testing.Verbose() {
				t.Logf("%d: %.300s", seed, err)
			}
			continue
		}
		read++
		q := question.Question{From: ask.From, To: ask.To, Path: ask.Path, Via: ask.Via, Method: ask.Method, TCP: ask.TCP}
		if _, err := q.Bind(s); err == nil {
			bound++
		}
	}
	if read < many*9/10 || bound < many/3 {
		t.Errorf("of %d meshes %d are read and %d answer", many, read, bound)
	}
}
