package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// BenchmarkLarge times one explanation as a whole process, in turn with kubectl's list of the VirtualServices: in a mesh of 125 Services
// to which 3 and 15 times as many pods and policies are added that cannot matter, and in one of 500 Services.
//
//	test/run -run '^$' -bench Large -benchtime 10x -timeout 30m
func BenchmarkLarge(b *testing.B) {
	ctx := context.Background()
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		b.Log("there is no kubectl to compare with")
	}
	if err := root.Become(ctx, nil); err != nil {
		b.Fatal(err)
	}
	config, err := server.Kubeconfig("admin")
	if err != nil {
		b.Fatal(err)
	}
	have := map[string]bool{}
	for _, size := range []struct{ namespaces, idle int }{{25, 0}, {25, 75}, {25, 375}, {100, 375}} {
		var more []*unstructured.Unstructured
		for _, o := range Large(size.namespaces, size.idle) {
			// Policies of the last namespace name the first; those that are there already stay as they are.
			if id := o.GetKind() + o.GetNamespace() + "/" + o.GetName(); !have[id] {
				have[id] = true
				more = append(more, o)
			}
		}
		if err := root.Load(ctx, more); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("services=%d/pods=%d", size.namespaces*largeServices, (size.namespaces+size.idle)*largeServices*largePods), func(b *testing.B) {
			var of measured
			var other time.Duration
			for b.Loop() {
				of.run(b, filepath.Join(bin, "kubectl-mesh_why"), "--kubeconfig", config, "team-1/app-0-0", "app-1.team-2:8080/api/x")
				if kubectl != "" {
					var k measured
					k.run(b, kubectl, "--kubeconfig", config, "get", "virtualservices", "-A", "-o", "name")
					other += k.time
				}
			}
			b.ReportMetric(float64(of.time.Milliseconds())/float64(b.N), "ms/explanation")
			b.ReportMetric(float64(other.Milliseconds())/float64(b.N), "ms/kubectl-get")
			b.ReportMetric(float64(of.memory>>10), "MiB")
			b.ReportMetric(float64(requests(b)), "requests")
		})
	}
}

// measured is what processes took.
type measured struct {
	time   time.Duration
	memory int64 // the largest resident set, in KiB
}

func (m *measured) run(b *testing.B, name string, args ...string) {
	c := exec.Command(os.Args[0], append([]string{name}, args...)...)
	c.Env = append(os.Environ(), measuring+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %v: %s", args, err, out)
	}
	var one struct {
		Time   time.Duration
		Memory int64
	}
	last := bytes.LastIndexByte(bytes.TrimSpace(out), '\n')
	if err := json.Unmarshal(out[last+1:], &one); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	m.time += one.Time
	m.memory = max(m.memory, one.Memory)
}

// measuring makes the test's binary run a command and print what it took. A small process has to start it: the kernel counts the memory
// of who starts a process as the process's own.
const measuring = "MESH_WHY_MEASURE"

func measure(name string, args ...string) error {
	c := exec.Command(name, args...)
	begin := time.Now()
	out, err := c.CombinedOutput()
	spent := time.Since(begin)
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	memory := int64(0)
	if use, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory = int64(use.Maxrss) //nolint:unconvert // not 64 bits everywhere
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"Time": spent, "Memory": memory})
}

// requests counts those of the plugin's last run in the API server's record.
func requests(b *testing.B) int {
	data, err := os.ReadFile(server.Audit)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, `"userAgent":"kubectl-mesh_why/`) {
			if strings.Contains(line, "configmaps/istio\"") {
				n = 0 // every run begins with it
			}
			n++
		}
	}
	return n
}
