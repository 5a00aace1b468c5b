package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
)

// maxKubeconfig bounds a file that client-go reads whole, whatever its size.
const maxKubeconfig = 16 << 20

// boundKubeconfig looks at the files that a kubeconfig is read from, those of the flag or else of the environment. What is read but once, a pipe, is left
// alone.
func (in *input) boundKubeconfig() error {
	var files []string
	if f := in.kube.KubeConfig; f != nil && *f != "" {
		files = []string{*f}
	} else {
		files = filepath.SplitList(os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() && info.Mode()&os.ModeCharDevice == 0 || name == "/dev/stdin" || name == "/dev/tty" {
			continue // client-go tells what is wrong with a file that is not there
		}
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		n, err := io.Copy(io.Discard, io.LimitReader(f, maxKubeconfig+1))
		_ = f.Close()
		if err == nil && n > maxKubeconfig {
			return fmt.Errorf("the kubeconfig %s is larger than %d MiB", name, maxKubeconfig>>20)
		}
	}
	return nil
}
