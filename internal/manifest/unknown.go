package manifest

import (
	"fmt"
	"slices"
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
	switch {
	case istioGroups[h.group()]:
		return misspelledKind(h)
	case h.APIVersion == "v1":
		return misspelledCore(h)
	}
	return misspelledGroup(h)
}

// served are the versions that any of the groups of these kinds has had.
var served = []string{"v1", "v1alpha1", "v1alpha2", "v1alpha3", "v1beta1"}

// unknownVersion is an error for a kind that decides in a version that its group never had: no API server would have taken it.
func unknownVersion(h head) error {
	version := h.APIVersion[strings.LastIndex(h.APIVersion, "/")+1:]
	if slices.Contains(served, version) {
		return nil
	}
	for _, a := range mesh.APIs() {
		if a.Group == h.group() && a.Name() == h.Kind {
			return fmt.Errorf("%s: no apiVersion %s has this kind (did you mean %s?)", h, h.APIVersion, a.GroupVersion())
		}
	}
	return nil
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

// misspelledCore is an error for a kind of the core group that is almost one of those that decide: Pods for Pod.
func misspelledCore(h head) error {
	for _, a := range mesh.APIs() {
		if a.Group == "" && suggest.Within(h.Kind, a.Name(), 1) {
			return fmt.Errorf("%s: the API v1 has no kind %s (did you mean %s?)", h, h.Kind, a.Name())
		}
	}
	return nil
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
