package mesh

import (
	"slices"
	"strings"
)

// ignored reports whether istiod is told not to read a kind: PILOT_IGNORE_RESOURCES lists the names of CustomResourceDefinitions, or ends of them behind an
// asterisk, and PILOT_INCLUDE_RESOURCES those of them that are read all the same (pkg/kube/kclient/crdwatcher.go, filterPilotResources).
func (s *Snapshot) ignored(api API) bool {
	if !isIstio(api.Group) && !strings.HasSuffix(api.Group, "gateway.networking.k8s.io") {
		return false
	}
	name := api.Plural + "." + api.Group
	return names(s.Flag("PILOT_IGNORE_RESOURCES"), name) && !names(s.Flag("PILOT_INCLUDE_RESOURCES"), name)
}

// names reports whether a list in a flag names a CustomResourceDefinition.
func names(f Flag, crd string) bool {
	return f.Known && slices.ContainsFunc(strings.Split(f.Value, ","), func(entry string) bool {
		end, any := strings.CutPrefix(strings.TrimSpace(entry), "*.")
		return any && strings.HasSuffix(crd, end) || !any && crd == end
	})
}
