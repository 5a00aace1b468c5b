package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/shell"
)

// kustomizations are the names of the file that kustomize reads of a folder (sigs.k8s.io/kustomize/api/konfig, RecognizedKustomizationFileNames).
var kustomizations = []string{"kustomization.yaml", "kustomization.yml"}

// rendered refuses a folder of which the files are not what is applied: a Helm chart, whose files are templates, and a kustomization that changes
// what stands beside it, or takes more than that.
func rendered(dir, shown string) error {
	if _, err := os.Stat(filepath.Join(dir, "Chart.yaml")); err == nil {
		return fmt.Errorf("%s is a Helm chart, and its files are templates; render it first: %s | kubectl mesh-why -f -", shown, shell.Command("helm", "template", shown))
	}
	for _, name := range kustomizations {
		data, err := readHead(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var k map[string]any
		if err == nil {
			err = yaml.Unmarshal(data, &k)
		}
		if err != nil {
			return fmt.Errorf("%s: %s", filepath.Join(shown, name), strings.TrimPrefix(problem(err), "error converting YAML to JSON: "))
		}
		if why := changes(k); why != "" {
			return fmt.Errorf("%s: %s; only kustomize does that, so render it first: %s | kubectl mesh-why -f -", filepath.Join(shown, name), why, shell.Command("kubectl", "kustomize", shown))
		}
	}
	return nil
}

// readHead reads a file of a size that somebody writes by hand.
func readHead(name string) ([]byte, error) {
	const most = 1 << 20
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > most:
		return nil, fmt.Errorf("no kustomization has more than %d bytes", most)
	}
	return os.ReadFile(name)
}

// changes says what a kustomization does to the files beside it; empty where it only lists some.
func changes(k map[string]any) string {
	var fields []string
	for field := range k {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "resources", "images", "sortOptions"}, field) {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	if len(fields) > 0 {
		return "it applies " + strings.Join(fields, ", ")
	}
	list, _ := k["resources"].([]any)
	for _, r := range list {
		if name, _ := r.(string); !filepath.IsLocal(name) || strings.Contains(name, "://") || strings.HasPrefix(name, "github.com/") {
			return fmt.Sprintf("it takes %v from elsewhere", r)
		}
	}
	return ""
}
