package mesh

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// NewestIstio is the newest release whose rules are known; it is assumed where nothing tells the version.
var NewestIstio = Release{1, 31}

// Release is a minor release of Istio.
type Release struct{ Major, Minor int }

func (r Release) String() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }

// Before tells whether r came out before other.
func (r Release) Before(other Release) bool {
	return cmp.Or(cmp.Compare(r.Major, other.Major), cmp.Compare(r.Minor, other.Minor)) < 0
}

// Version is what is known of the releases at work.
type Version struct {
	Istiod, Proxy Release
	Forced        string // as the user asked for it; empty where it was detected
	Source        string // the image that told it, or empty where the newest is assumed
}

var release = regexp.MustCompile(`^v?([0-9]+)\.([0-9]+)([.-].*)?$`)

// ParseRelease reads 1.30 or 1.30.3.
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
	return Release{major, minor}, nil
}

// ForceVersion makes the snapshot follow the rules of a release whatever its images say.
func (s *Snapshot) ForceVersion(r Release) {
	s.Version = Version{Istiod: r, Proxy: r, Forced: r.String()}
}

var image = regexp.MustCompile(`/?(?:pilot|proxyv2|proxyv2-debug|istiod)[^/:]*:(?:v)?([0-9]+\.[0-9]+[^@]*)`)

// detectVersion takes the control plane's release from istiod's image and the proxies' from theirs; where only one is seen it
// stands for both.
func (s *Snapshot) detectVersion() Version {
	v := Version{}
	seen := map[string]Release{} // of an image; zero where it tells none
	pods, _ := s.Pods.All()
	for _, p := range pods {
		for i := range p.Spec.Containers {
			c := &p.Spec.Containers[i]
			r, known := seen[c.Image]
			if !known {
				r = imageRelease(c.Image)
				seen[c.Image] = r
			}
			if r == (Release{}) {
				continue
			}
			into := &v.Proxy
			if c.Name == "discovery" {
				into = &v.Istiod
			}
			if *into == (Release{}) || r.Before(*into) && c.Name != "discovery" {
				*into, v.Source = r, c.Image
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
