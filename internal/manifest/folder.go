package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folder visits the manifests of a folder and of all folders below it, but for what is hidden. A Helm chart, and a kustomization that changes what it lists, are
// errors: their files are not what is applied. A link to a folder that is below it too is passed over, as that folder is visited
// where it stands (Kubernetes mounts ConfigMaps so). One that leads elsewhere is an error: what is behind it would be missing without a word.
func (s Source) folder(dir string, f visit) error {
	root, err := filepath.Abs(dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return err
	}
	var errs []error
	found := false
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		shown := filepath.Join(dir, strings.TrimPrefix(name, root))
		if d.Type()&fs.ModeSymlink != 0 {
			folder, outside := linked(root, name)
			if outside {
				errs = append(errs, fmt.Errorf("%s is a link to a folder elsewhere, which is not followed; name that folder too: -f %s", shown, folder))
			}
			if folder != "" {
				return nil
			}
		}
		if d.IsDir() {
			skip, err := passedOver(name, shown, name == root)
			if err != nil {
				errs = append(errs, err)
			}
			return skip
		}
		if !manifestName(name) || slices.Contains(kustomizations, d.Name()) || hidden(d.Name()) {
			return nil
		}
		found = true
		errs = append(errs, s.file(shown, f))
		return nil
	})
	if err == nil && !found && len(errs) == 0 {
		err = fmt.Errorf("%s contains no .yaml, .yml or .json file", dir)
	}
	return errors.Join(append(errs, err)...)
}

// passedOver returns [filepath.SkipDir] as skip for a folder that is not visited, and an error for one whose files are not what is applied.
func passedOver(name, shown string, root bool) (skip, err error) {
	if !root && hidden(filepath.Base(name)) {
		return filepath.SkipDir, nil
	}
	if err := rendered(name, shown); err != nil {
		return filepath.SkipDir, err
	}
	return nil, nil
}

// hidden reports whether a folder or a file is what tools keep in a repository, and no manifest (.git, .github, .yamllint.yaml). Kubernetes mounts ConfigMaps as folders whose
// names begin with two dots.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "..")
}

// linked is the folder that a link leads to, and whether it stands outside of a root; folder is empty where it leads to a file, or nowhere.
func linked(root, link string) (folder string, outside bool) {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", false
	}
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		return "", false
	}
	below, err := filepath.Rel(root, target)
	return target, err != nil || !filepath.IsLocal(below)
}

func manifestName(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}
