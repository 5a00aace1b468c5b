package manifest

import (
	"fmt"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// unknownKind is an error for an object that is meant to be one of those that decide and is misspelled: it would be left out without a word. Kinds of
// other groups are no concern of ours.
func unknownKind(h head) error {
	if strings.HasSuffix(h.Kind, "List") {
		return nil
	}
	if istioGroups[h.group()] {
		return misspelledKind(h)
	}
	return misspelledGroup(h)
}

// misspelledKind is an error for a kind that Istio's group does not have; each of them has few.
func misspelledKind(h head) error {
	if h.Kind == "WorkloadGroup" {
		return nil
	}
	var kinds []string
	for _, a := range mesh.APIs() {
		if a.Group == h.group() {
			kinds = append(kinds, a.Name())
		}
	}
	return fmt.Errorf("%s: the group %s has no kind %s%s", h, h.group(), h.Kind, suggest.Hint(h.Kind, kinds))
}

// misspelledGroup is an error for a kind that decides in a group that is almost its own: two letters differ, the end is missing, or the version. Kinds of
// one name in other groups are other things (Service of serving.knative.dev).
func misspelledGroup(h head) error {
	const letters = 2
	group := h.group()
	for _, a := range mesh.APIs() {
		if a.Group == "" || a.Name() != h.Kind {
			continue
		}
		if h.APIVersion == a.Group || suggest.Within(group, a.Group, letters) || len(group) > len("istio.io") && strings.HasPrefix(a.Group, group+".") {
			return fmt.Errorf("%s: no apiVersion %s has this kind (did you mean %s/%s?)", h, h.APIVersion, a.Group, a.Version)
		}
	}
	return nil
}
