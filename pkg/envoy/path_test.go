package envoy_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

var (
	here    = regexp.MustCompile(`/\.(/|\z)`)
	back    = regexp.MustCompile(`(\A|/[^/]*)/\.\.(/|\z)`)
	slashes = regexp.MustCompile(`//+`)
	plain   = regexp.MustCompile(`\A/[A-Za-z0-9._~/-]*\z`)
)

// normalized is the slow way for paths that need neither escaping nor decoding: rewrite what there is to rewrite, one by one, from the left.
func normalized(path string, level envoy.Normalization) string {
	if level >= envoy.Base {
		for {
			i, j := here.FindStringIndex(path), back.FindStringIndex(path)
			if i == nil && j == nil {
				break
			}
			if i != nil && (j == nil || i[0] <= j[0]) {
				path = path[:i[0]] + "/" + path[i[1]:]
			} else {
				path = path[:j[0]] + "/" + path[j[1]:]
			}
		}
	}
	if level >= envoy.MergeSlashes && slashes.MatchString(path) {
		path = slashes.ReplaceAllString(path, "/")
		if path == "/" {
			path = "//"
		}
	}
	return path
}

var paths = []string{"", "/", "//", "///", "/a", "/a/", "/a/./b", "/a/../b", "/../a", "/a/..", "/a/.", "/a//b", "/a//../b", "/a/b/../../c", "/...", "/a/...",
	"/%2e%2E/a", "/a%2Fb", "/a%5cb", "/a\\b", "/%00", "/%%300", "/%%3300", "/%4", "/%", "/%zz", "/a?b/../c", "/a#b", "*", "a", "/é", "/ ", "/..;x/a", "/.;/a", "/%25%32%46", "/{a}", "/|", "/a?", "/0/./.."}

// go test ./pkg/envoy -run '^$' -fuzz FuzzNormalizePath
func FuzzNormalizePath(f *testing.F) {
	for _, p := range paths {
		for level := envoy.None; level <= envoy.DecodeAndMerge; level++ {
			f.Add(p, int(level), false)
			f.Add(p, int(level), true)
		}
	}
	f.Fuzz(func(t *testing.T, path string, n int, parameters bool) {
		level := envoy.Normalization(((n % 4) + 4) % 4)
		got, ok := envoy.NormalizePath(path, level, parameters)
		if !ok {
			if level == envoy.None || !strings.Contains(path, "\x00") && !strings.Contains(path, "%00") && level < envoy.DecodeAndMerge {
				t.Errorf("%q is refused at level %d", path, level)
			}
			return
		}
		if plain.MatchString(path) && got != normalized(path, level) {
			t.Errorf("%q at level %d is %q, want %q", path, level, got, normalized(path, level))
		}
		_, query, _ := strings.Cut(strings.SplitN(path, "#", 2)[0], "?")
		if _, kept, _ := strings.Cut(got, "?"); kept != query {
			t.Errorf("%q: the query became %q", path, kept)
		}
		if strings.HasPrefix(path, "/") != strings.HasPrefix(got, "/") {
			t.Errorf("%q at level %d is %q", path, level, got)
		}
		bare := envoy.TrimPath(got)
		if level >= envoy.Base && strings.HasPrefix(path, "/") && (here.MatchString(bare) || back.MatchString(bare) || strings.Contains(bare, "\\")) {
			t.Errorf("%q at level %d leaves dot segments or backslashes: %q", path, level, got)
		}
		if level == envoy.Base && strings.HasPrefix(path, "/") {
			if again, ok := envoy.NormalizePath(got, level, parameters); !ok || again != got {
				t.Errorf("%q is %q and then %q, %v", path, got, again, ok)
			}
		}
	})
}

// go test ./pkg/envoy -run '^$' -fuzz FuzzTrimPath
func FuzzTrimPath(f *testing.F) {
	for _, p := range paths {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		want := regexp.MustCompile(`\A(?s:[^?#]*)`).FindString(path)
		if got := envoy.TrimPath(path); got != want {
			t.Errorf("TrimPath(%q) = %q, want %q", path, got, want)
		}
	})
}
