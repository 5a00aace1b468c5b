package release

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// Newest is the newest release whose rules are known; it is assumed where nothing tells the version.
var Newest = Release{1, 31, 0}

// Oldest is the oldest release whose answers were recorded.
var Oldest = Release{1, 24, 0}

// First is the first release of whose changes anything is known: what older ones answer nobody has looked at.
var First = Release{1, 18, 0}

// Release is a release of Istio. Where only the minor number is known it is the first release of that number: what a patch mended counts
// only where the patch is seen.
type Release struct{ Major, Minor, Patch int }

// String is the release as users write it: without a patch of 0.
func (r Release) String() string {
	if r.Patch == 0 {
		return fmt.Sprintf("%d.%d", r.Major, r.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", r.Major, r.Minor, r.Patch)
}

// Before reports whether r came out before other, which is the first patch of its minor release unless it names one.
func (r Release) Before(other Release) bool {
	return cmp.Or(cmp.Compare(r.Major, other.Major), cmp.Compare(r.Minor, other.Minor), cmp.Compare(r.Patch, other.Patch)) < 0
}

// Since lists the releases that brought a change: one of each minor release that has it from some patch on, the newest last. Later minor
// releases have it from their beginning. What an empty list brought has always been there.
type Since []Release

// Has reports whether a release has a change.
func (r Release) Has(since Since) bool {
	if len(since) == 0 {
		return true
	}
	for _, first := range since {
		if first.Major == r.Major && first.Minor == r.Minor {
			return r.Patch >= first.Patch
		}
	}
	return !r.Before(since[len(since)-1])
}

var pattern = regexp.MustCompile(`^v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?([.-].*)?$`)

// Parse reads 1.30 or 1.30.3; what stands behind, such as -distroless, is left out. A tag of a branch such as 1.31-alpha.f00 names no
// patch.
func Parse(s string) (Release, error) {
	m := pattern.FindStringSubmatch(s)
	if m == nil {
		return Release{}, fmt.Errorf("%q is not a release such as 1.30 or 1.30.3", s)
	}
	major, _ := strconv.Atoi(m[1])
	minor, err := strconv.Atoi(m[2])
	if err != nil {
		return Release{}, fmt.Errorf("%q is not a release such as 1.30 or 1.30.3", s)
	}
	patch := 0
	if m[3] != "" {
		if patch, err = strconv.Atoi(m[3]); err != nil {
			return Release{}, fmt.Errorf("%q is not a release such as 1.30 or 1.30.3", s)
		}
	}
	return Release{major, minor, patch}, nil
}

var image = regexp.MustCompile(`/?(?:pilot|proxyv2|proxyv2-debug|istiod)[^/:]*:(?:v)?([0-9]+\.[0-9]+[^@]*)`)

// OfImage is the release that an image's tag tells; zero where it is no image of Istio's, or its tag tells none.
func OfImage(name string) Release {
	m := image.FindStringSubmatch(name)
	if m == nil {
		return Release{}
	}
	r, err := Parse(m[1])
	if err != nil {
		return Release{}
	}
	return r
}
