package mesh

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Version is what is known of the releases at work. In the view of a revision Istiod is that of the revision's control plane; Proxy is the oldest
// of all proxies, of a single one its image tells.
type Version struct {
	Istiod, Proxy release.Release
	Ztunnel       release.Release // the oldest that is seen; istiod's where none is
	Forced        string          // as the user asked for it; empty where it was detected
	Source        string          // the image that told it, or empty where the newest is assumed
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
	s.Version = Version{Istiod: r, Proxy: proxy, Ztunnel: r, Forced: r.String()}
}

var image = regexp.MustCompile(`/?(pilot|proxyv2|proxyv2-debug|istiod|ztunnel)[^/:]*:(?:v)?([0-9]+\.[0-9]+[^@]*)`)

// istiodOf is the release of a revision's control plane, as its pods tell; ok is false where none does.
func (s *Snapshot) istiodOf(rev string) (r release.Release, ok bool) {
	type key struct{ rev string }
	r = Derive(s, key{rev}, func() release.Release {
		v := Version{}
		pods, _ := s.Pods.All()
		for _, p := range pods {
			own := p.Labels[revisionLabel]
			if own == "default" {
				own = ""
			}
			for i := range p.Spec.Containers {
				if c := &p.Spec.Containers[i]; c.Name == "discovery" && own == rev && v.Istiod == (release.Release{}) {
					v.take(p, c, map[string]imageOf{})
				}
			}
		}
		return v.Istiod
	})
	return r, r != release.Release{}
}

// detectVersion takes the control plane's release from istiod's image, and the proxies' and the ztunnels' from theirs; what is not seen is
// taken to be of the control plane's, and that of the proxies'.
func (s *Snapshot) detectVersion() Version {
	v := Version{}
	seen := map[string]imageOf{}
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
	case v.Istiod == none && v.Proxy == none && v.Ztunnel == none:
		v.Istiod = release.Newest
	case v.Istiod == none && v.Proxy == none:
		v.Istiod = v.Ztunnel
	case v.Istiod == none:
		v.Istiod = v.Proxy
	}
	if v.Proxy == none {
		v.Proxy = v.Istiod
	}
	if v.Ztunnel == none {
		v.Ztunnel = v.Istiod
	}
	return v
}

// take notes the release that a container tells: istiod's, or the oldest of the proxies' or of the ztunnels'. What images tell is kept in
// seen. A ztunnel is the source of the mesh's version only where nothing else is.
func (v *Version) take(p *corev1.Pod, c *corev1.Container, seen map[string]imageOf) {
	i, known := seen[c.Image]
	if !known {
		i = imageRelease(c.Image)
		seen[c.Image] = i
	}
	r, source := i.release, c.Image
	if r == (release.Release{}) {
		r, source = labelRelease(p, c.Name)
	}
	if r == (release.Release{}) {
		return
	}
	into, istiod := &v.Proxy, c.Name == "discovery"
	switch {
	case istiod:
		into = &v.Istiod
	case i.ztunnel:
		into = &v.Ztunnel
	}
	if *into != (release.Release{}) && (istiod || !r.Before(*into)) {
		return
	}
	*into = r
	if !i.ztunnel || v.Istiod == (release.Release{}) && v.Proxy == (release.Release{}) {
		v.Source = source
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

// imageOf is what the name of an image tells. The release is zero where it is no image of Istio's, or its tag tells none.
type imageOf struct {
	release release.Release
	ztunnel bool
}

func imageRelease(name string) imageOf {
	m := image.FindStringSubmatch(name)
	if m == nil {
		return imageOf{}
	}
	r, err := release.Parse(m[2])
	if err != nil {
		return imageOf{}
	}
	return imageOf{r, m[1] == "ztunnel"}
}
