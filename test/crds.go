package test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// CustomResources installs Istio's kinds and those of the Gateway API, as their modules have them.
func (a *admin) CustomResources(ctx context.Context) error {
	var files []string
	for module, pattern := range map[string]string{
		"istio.io/api":            "kubernetes/customresourcedefinitions.gen.yaml",
		"sigs.k8s.io/gateway-api": "config/crd/standard/gateway.networking.k8s.io_*.yaml",
	} {
		out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			return fmt.Errorf("where is %s: %w", module, err)
		}
		found, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), pattern))
		if err != nil || len(found) == 0 {
			return fmt.Errorf("%s has no %s: %w", module, pattern, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		objects, err := parse(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, o := range objects {
			if o.GetKind() != "CustomResourceDefinition" {
				continue
			}
			if err := a.Create(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return every(ctx, 200*time.Millisecond, func() error { return a.served(ctx) })
}

// served reports whether every kind that is read can be listed.
func (a *admin) served(ctx context.Context) error {
	for _, api := range mesh.APIs() {
		if err := a.rest.Get().AbsPath(listPath(api)).Do(ctx).Error(); err != nil {
			return fmt.Errorf("%s: %w", api.Resource(), err)
		}
	}
	return nil
}

func listPath(api mesh.API) string {
	if api.Group == "" {
		return "/api/" + api.Version + "/" + api.Plural
	}
	return "/apis/" + api.Group + "/" + api.Version + "/" + api.Plural
}
