package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// Plugin runs the binary that the script run has built: as kubectl's plugin where there is a kubectl, else by itself.
func Plugin(ctx context.Context, bin string, args ...string) (code int, stdout, stderr []byte, err error) {
	bin, err = filepath.Abs(bin)
	if err != nil {
		return 0, nil, nil, err
	}
	c := exec.CommandContext(ctx, filepath.Join(bin, "kubectl-mesh_why"), args...)
	if kubectl, err := exec.LookPath("kubectl"); err == nil {
		c = exec.CommandContext(ctx, kubectl, append([]string{"mesh-why"}, args...)...)
	}
	var out, errs bytes.Buffer
	c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	c.Stdout, c.Stderr = &out, &errs
	err = c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	return c.ProcessState.ExitCode(), out.Bytes(), errs.Bytes(), err
}

// Ask runs the plugin for one question, and reads its answer.
func Ask(ctx context.Context, bin string, args ...string) (code int, e *explain.Explanation, err error) {
	code, stdout, stderr, err := Plugin(ctx, bin, append(args, "-o", "json")...)
	if err != nil {
		return code, nil, err
	}
	e = &explain.Explanation{}
	if err := json.Unmarshal(stdout, e); err != nil {
		return code, nil, fmt.Errorf("%w: %s%s", err, stdout, stderr)
	}
	return code, e, nil
}
