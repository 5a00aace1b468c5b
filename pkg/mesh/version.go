package mesh

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Version is what is known of the releases at work.
type Version struct {
	Istiod, Proxy release.Release
	Forced        string // as the user asked for it; empty where it was detected
	Source        string // the image that told it, or empty where the newest is assumed
}

// proxiesOfTheirOwn are the releases whose answers were recorded with proxies of their own. The recordings of older ones were made with an
// Envoy older than their last patches, and a release that is only asked for follows the recordings.
var proxiesOfTheirOwn = release.Since{{Major: 1, Minor: 29}}

// ForceVersion makes the snapshot follow the rules of a release whatever its images say.
func (s *Snapshot) ForceVersion(r release.Release) {
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
	seen := map[string]release.Release{} // of an image; zero where it tells none
	pods, _ := s.Pods.All()
	for _, p := range pods {
		// A native sidecar is an init container that stays.
		for _, list := range [][]corev1.Container{p.Spec.Containers, p.Spec.InitContainers} {
			for i := range list {
				v.take(p, &list[i], seen)
			}
		}
	}
	none := release.Release{}
	switch {
	case v.Istiod == none && v.Proxy == none:
		v.Istiod, v.Proxy = release.Newest, release.Newest
	case v.Istiod == none:
		v.Istiod = v.Proxy
	case v.Proxy == none:
		v.Proxy = v.Istiod
	}
	return v
}

// take notes the release that a container tells: istiod's, or the oldest of the proxies'. Releases of images are kept in seen.
func (v *Version) take(p *corev1.Pod, c *corev1.Container, seen map[string]release.Release) {
	r, known := seen[c.Image]
	if !known {
		r = imageRelease(c.Image)
		seen[c.Image] = r
	}
	source := c.Image
	if r == (release.Release{}) {
		r, source = labelRelease(p, c.Name)
	}
	if r == (release.Release{}) {
		return
	}
	into, istiod := &v.Proxy, c.Name == "discovery"
	if istiod {
		into = &v.Istiod
	}
	if *into == (release.Release{}) || r.Before(*into) && !istiod {
		*into, v.Source = r, source
	}
}

// versionLabel is set by Istio's charts on istiod, and on gateways of their own.
const versionLabel = "app.kubernetes.io/version"

// labelRelease is the release that a pod's label tells of a container of Istio's whose image has a digest in place of a tag.
func labelRelease(p *corev1.Pod, container string) (release.Release, string) {
	value := p.Labels[versionLabel]
	if container != "discovery" || value == "" {
		return release.Release{}, ""
	}
	r, err := release.Parse(value)
	if err != nil {
		return release.Release{}, ""
	}
	return r, versionLabel + "=" + value
}

// imageRelease is the release that an image's tag tells; zero where it is no image of Istio's, or its tag tells none.
func imageRelease(name string) release.Release {
	m := image.FindStringSubmatch(name)
	if m == nil {
		return release.Release{}
	}
	r, err := release.Parse(m[1])
	if err != nil {
		return release.Release{}
	}
	return r
}
