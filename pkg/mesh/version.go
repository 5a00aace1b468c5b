package mesh

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// NewestIstio is the newest release whose rules are known; it is assumed where nothing tells the version.
var NewestIstio = Release{1, 31, 0}

// OldestIstio is the oldest release whose answers were recorded.
var OldestIstio = Release{1, 24, 0}

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

// Version is what is known of the releases at work.
type Version struct {
	Istiod, Proxy Release
	Forced        string // as the user asked for it; empty where it was detected
	Source        string // the image that told it, or empty where the newest is assumed
}

var release = regexp.MustCompile(`^v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?([.-].*)?$`)

// ParseRelease reads 1.30 or 1.30.3; what stands behind, such as -distroless, is left out. A tag of a branch such as 1.31-alpha.f00 names no
// patch.
func ParseRelease(s string) (Release, error) {
	m := release.FindStringSubmatch(s)
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

// proxiesOfTheirOwn are the releases whose answers were recorded with proxies of their own. The recordings of older ones were made with an
// Envoy older than their last patches, and a release that is only asked for follows the recordings.
var proxiesOfTheirOwn = Since{{1, 29, 0}}

// ForceVersion makes the snapshot follow the rules of a release whatever its images say.
func (s *Snapshot) ForceVersion(r Release) {
	proxy := r
	if !r.Has(proxiesOfTheirOwn) {
		proxy.Patch = 0
	}
	s.Version = Version{Istiod: r, Proxy: proxy, Forced: r.String()}
}

var image = regexp.MustCompile(`/?(?:pilot|proxyv2|proxyv2-debug|istiod)[^/:]*:(?:v)?([0-9]+\.[0-9]+[^@]*)`)

// detectVersion takes the control plane's release from istiod's image and the proxies' from theirs; where only one is seen it
// stands for both.
func (s *Snapshot) detectVersion() Version {
	v := Version{}
	seen := map[string]Release{} // of an image; zero where it tells none
	pods, _ := s.Pods.All()
	for _, p := range pods {
		// A native sidecar is an init container that stays.
		for _, list := range [][]corev1.Container{p.Spec.Containers, p.Spec.InitContainers} {
			for i := range list {
				v.take(p, &list[i], seen)
			}
		}
	}
	none := Release{}
	switch {
	case v.Istiod == none && v.Proxy == none:
		v.Istiod, v.Proxy = NewestIstio, NewestIstio
	case v.Istiod == none:
		v.Istiod = v.Proxy
	case v.Proxy == none:
		v.Proxy = v.Istiod
	}
	return v
}

// take notes the release that a container tells: istiod's, or the oldest of the proxies'. Releases of images are kept in seen.
func (v *Version) take(p *corev1.Pod, c *corev1.Container, seen map[string]Release) {
	r, known := seen[c.Image]
	if !known {
		r = imageRelease(c.Image)
		seen[c.Image] = r
	}
	source := c.Image
	if r == (Release{}) {
		r, source = labelRelease(p, c.Name)
	}
	if r == (Release{}) {
		return
	}
	into, istiod := &v.Proxy, c.Name == "discovery"
	if istiod {
		into = &v.Istiod
	}
	if *into == (Release{}) || r.Before(*into) && !istiod {
		*into, v.Source = r, source
	}
}

// versionLabel is set by Istio's charts on istiod, and on gateways of their own.
const versionLabel = "app.kubernetes.io/version"

// labelRelease is the release that a pod's label tells of a container of Istio's whose image has a digest in place of a tag.
func labelRelease(p *corev1.Pod, container string) (Release, string) {
	value := p.Labels[versionLabel]
	if container != "discovery" || value == "" {
		return Release{}, ""
	}
	r, err := ParseRelease(value)
	if err != nil {
		return Release{}, ""
	}
	return r, versionLabel + "=" + value
}

// imageRelease is the release that an image's tag tells; zero where it is no image of Istio's, or its tag tells none.
func imageRelease(name string) Release {
	m := image.FindStringSubmatch(name)
	if m == nil {
		return Release{}
	}
	r, err := ParseRelease(m[1])
	if err != nil {
		return Release{}
	}
	return r
}
