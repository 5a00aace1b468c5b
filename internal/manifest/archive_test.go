package manifest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// tarWith is an archive with one manifest and further heads.
func tarWith(t testing.TB, heads ...*tar.Header) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	text := pod("a")
	heads = append([]*tar.Header{{Name: "a.yaml", Size: int64(len(text)), Mode: 0o644}}, heads...)
	for i, h := range heads {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zipWithLink(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: "l.yaml"}
	h.SetMode(fs.ModeSymlink | 0o777)
	if _, err := w.CreateHeader(h); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestArchivesAreWhole: an archive that ends early, at whatever byte, or holds more than it says is an error, and none of it is left out without a word.
func TestArchivesAreWhole(t *testing.T) {
	const entry = 2 * tarBlock // a head and one block
	whole := tarOf(t, map[string]string{"a.yaml": pod("a")})
	two := tarWith(t, &tar.Header{Name: "b.yaml", Mode: 0o644})
	files := map[string]string{
		"whole.tar": whole, "padded.tar": whole + strings.Repeat("\x00", 10<<10), "whole.tgz": gzipOf(t, whole), "zeros.tar": tarOf(t, map[string]string{"a.yaml": pod("a") + strings.Repeat("\n", 2000)}),
		"hard.tar": tarWith(t, &tar.Header{Name: "b.yaml", Typeflag: tar.TypeLink, Linkname: "a.yaml"}), "folder.tar": tarWith(t, &tar.Header{Name: "b.yaml/", Typeflag: tar.TypeDir, Mode: 0o755}),
		"empty.tar": strings.Repeat("\x00", 2*tarBlock), "one.tar": whole[:entry+tarBlock],

		"between.tar": whole[:entry], "between.tgz": gzipOf(t, whole[:entry]), "second.tar": two[:entry], "head.tar": two[:entry+tarBlock/2], "within.tar": whole[:tarBlock+20], "nothing.tar": "",
		"joined.tar": whole + two, "joined.tgz": gzipOf(t, whole+two), "sum.tgz": gzipOf(t, whole)[:len(gzipOf(t, whole))-2], "cut.tgz": gzipOf(t, whole)[:len(gzipOf(t, whole))-12],
		"soft.tar": tarWith(t, &tar.Header{Name: "b.yaml", Typeflag: tar.TypeSymlink, Linkname: "a.yaml"}), "dangling.tar": tarWith(t, &tar.Header{Name: "b.yaml", Typeflag: tar.TypeLink, Linkname: "c.yaml"}),
		"link.zip": zipWithLink(t),
	}
	dir := folder(t, files)
	const cut, more = "%s: broken archive: it ends without the mark of its end: it may have been cut off", "%s: broken archive: more follows behind the mark of its end: perhaps another archive was appended"
	for name, want := range map[string]string{
		"whole.tar": "", "padded.tar": "", "whole.tgz": "", "zeros.tar": "", "hard.tar": "", "folder.tar": "", "empty.tar": "", "one.tar": "",
		"between.tar": cut, "between.tgz": cut, "second.tar": cut, "nothing.tar": cut, "head.tar": "%s: broken archive: unexpected EOF", "within.tar": "reading %s:a.yaml: unexpected EOF\n%s: broken archive: unexpected EOF",
		"joined.tar": more, "joined.tgz": more, "sum.tgz": "%s: broken archive: unexpected EOF", "cut.tgz": "%s: broken archive: unexpected EOF",
		"soft.tar": "%s:b.yaml is no regular file (a link?), which is not followed; put the file itself into the archive", "dangling.tar": "%s:b.yaml is no regular file (a link?), which is not followed; put the file itself into the archive",
		"link.zip": "%s:l.yaml is no regular file (a link?), which is not followed; put the file itself into the archive",
	} {
		path := filepath.Join(dir, name)
		got := ""
		if _, err := (Source{}).Snapshot(path); err != nil {
			got = strings.ReplaceAll(err.Error(), path, "%s")
		}
		if got != want {
			t.Errorf("%s:\ngot:  %s\nwant: %s", name, got, want)
		}
	}
}

// TestMaxInput bounds what is read of all files together, archives by what they come to, and what is kept.
func TestMaxInput(t *testing.T) {
	large := strings.Repeat("# nothing\n", 100<<10) + pod("a")
	dir := folder(t, map[string]string{
		"a.yaml": large, "b.yaml": large, "x.tgz": gzipOf(t, tarOf(t, map[string]string{"notes.txt": large, "a.yaml": pod("a")})), "x.zip": zipOf(t, map[string]string{"a.yaml": large}),
		"end.tgz": gzipOf(t, tarOf(t, map[string]string{"a.yaml": pod("a")})+strings.Repeat("\x00", 1<<20)),
	})
	var pods strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d"}}`, i)
	}
	for _, c := range []struct {
		files string
		most  int64
		want  string
	}{
		{"a.yaml b.yaml", 3 << 20, ""}, {"a.yaml b.yaml", 0, ""}, {"x.tgz", 3 << 20, ""}, {"end.tgz", 3 << 20, ""}, {"-", 100 << 20, ""},
		{"a.yaml b.yaml", 3 << 19, "reading b.yaml: more than 1536 KiB in all files; --max-input raises the limit"},
		{"x.tgz", 1000 << 10, "x.tgz: more than 1000 KiB in all files; --max-input raises the limit"},
		{"end.tgz", 1 << 20, "end.tgz: more than 1 MiB in all files; --max-input raises the limit"},
		{"x.zip", 1000, "reading x.zip:a.yaml: more than 1000 bytes in all files; --max-input raises the limit"},
		{"-", 6 << 20, "standard input: the objects that matter take more than 2 MiB of memory, in all files; --max-input raises the limit"},
	} {
		var names []string
		for _, f := range strings.Fields(c.files) {
			if f != "-" {
				f = filepath.Join(dir, f)
			}
			names = append(names, f)
		}
		got := ""
		if _, err := (Source{Stdin: strings.NewReader(pods.String()), MaxInput: c.most}).Snapshot(names...); err != nil {
			got = strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
		}
		if got != c.want {
			t.Errorf("%s, at most %d:\ngot:  %s\nwant: %s", c.files, c.most, got, c.want)
		}
	}
}
