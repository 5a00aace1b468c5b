// Command import packs folders of recorded cases into the archives of testdata/truth:
//
//	go run ./internal/truth/import DIR...
//
// A folder holds NAME.json and NAME.yaml for each case; the worlds that the cases name lie beside the folder.
package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "error: name the folders to import")
		os.Exit(1)
	}
	for _, dir := range os.Args[1:] {
		if err := pack(dir, filepath.Join("testdata", "truth", filepath.Base(dir)+".tar.gz")); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
	}
}

func pack(dir, archive string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("%s holds no cases", dir)
	}
	files := slices.Clone(names)
	worlds := map[string]bool{}
	for _, n := range names {
		files = append(files, n[:len(n)-len("json")]+"yaml")
		data, err := os.ReadFile(n)
		if err != nil {
			return err
		}
		var c struct{ World string }
		if err := json.Unmarshal(data, &c); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		worlds[c.World] = true
	}
	for w := range worlds {
		files = append(files, filepath.Join(filepath.Dir(filepath.Clean(dir)), w))
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	out, err := os.Create(archive)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: filepath.Base(f), Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		if _, err := t.Write(data); err != nil {
			return err
		}
	}
	for _, c := range []interface{ Close() error }{t, z, out} {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}
