package ruletest

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Names of an archive's files.
const (
	questionsFile = "questions"
	rowsFile      = "rows"
	baseFile      = "base.yaml"
	meshEnding    = ".yaml"
	unreadEnding  = ".unread"
	wantEnding    = ".want"
)

// Archive is a rule's archive, read.
type Archive struct {
	Base      []byte // the mesh below every mesh of the archive
	Questions []string
	Rows      Rows
	Tokens    map[string]string

	unread map[string][]string // by mesh: a kind, and the namespaces in which it could not be read
}

// Read reads what the meshes of an archive have in common. The base is the text of the standing mesh, for an archive without one of its
// own.
func Read(files []txtar.File, base []byte) (*Archive, error) {
	a := &Archive{Base: base, Tokens: map[string]string{}, unread: map[string][]string{}}
	var err error
	for _, f := range files {
		name, ending, _ := strings.Cut(f.Name, ".")
		switch {
		case f.Name == questionsFile:
			a.Questions = lines(f.Data)
		case f.Name == rowsFile:
			a.Rows, err = ReadRows(lines(f.Data))
		case f.Name == baseFile:
			a.Base = f.Data
		case ending == "claims":
			a.Tokens[name], err = Sign(f.Data)
		case ending == "jwt":
			a.Tokens[name] = strings.TrimSpace(string(f.Data))
		case "."+ending == unreadEnding:
			a.unread[name] = lines(f.Data)
		case strings.HasSuffix(f.Name, meshEnding), strings.HasSuffix(f.Name, wantEnding):
		default:
			err = fmt.Errorf("it is none of questions, rows, NAME.yaml, NAME.unread, NAME.want, NAME.claims, NAME.jwt")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if len(a.Questions) == 0 {
		return nil, fmt.Errorf("the archive asks no questions")
	}
	return a, nil
}

// lines returns the lines that are neither empty nor comments.
func lines(data []byte) []string {
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(s string) bool {
		s = strings.TrimSpace(s)
		return s == "" || s[0] == '#'
	})
}

// Snapshot returns a mesh on top of the archive's base.
func (a *Archive) Snapshot(objects []byte) (*mesh.Snapshot, error) {
	all := slices.Concat(a.Base, []byte("\n---\n"), objects)
	return manifest.Source{Stdin: strings.NewReader(string(all))}.Snapshot("-")
}

// hide takes from a mesh of the archive what could not be read of it.
func (a *Archive) hide(name string, s *mesh.Snapshot) *mesh.Snapshot {
	for _, line := range a.unread[name] {
		words := strings.Fields(line)
		s = s.Hide(mesh.Kind(words[0]), words[1:]...)
	}
	return s
}

// meshes returns the names of an archive's meshes, in their order.
func meshes(files []txtar.File) []string {
	var out []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name, meshEnding); ok && f.Name != baseFile {
			out = append(out, name)
		}
	}
	return out
}

// Base returns the standing mesh of a folder of archives.
func Base(folder string) ([]byte, error) { return os.ReadFile(folder + "/" + baseFile) }
