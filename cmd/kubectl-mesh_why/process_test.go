package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkProcess times the program as a whole process, as a release is built:
//
//	go test ./cmd/kubectl-mesh_why -run '^$' -bench Process -benchtime 50x
func BenchmarkProcess(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "kubectl-mesh_why")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	for name, args := range map[string][]string{
		"help":    {"--help"},
		"explain": {"-f", "sample/mesh.yaml", "sleep.foo", "httpbin.bar:8000/ip"},
		"json":    {"-f", "sample/mesh.yaml", "sleep.foo", "httpbin.bar:8000/ip", "-o", "json", "--trace"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.Command(binary, args...).CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
			b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
		})
	}
}
