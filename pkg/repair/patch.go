package repair

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Removed is a line that an object has and its change has not.
type Removed struct {
	Before int    // the line of the patch, from 0, before which it stands
	Text   string // without the line's end
}

// patch writes objects as YAML to apply, and finds the lines that differ from what is there, if any of them is there.
func patch(s *mesh.Snapshot, objects []metav1.Object) (text string, changed []int, removed []Removed, ok bool) {
	var out []string
	line, some := 0, false
	for _, o := range objects {
		_, found := s.Object(mesh.RefTo(o))
		some = some || found
	}
	for _, o := range objects {
		doc, err := document(o)
		if err != nil {
			return "", nil, nil, false
		}
		lines := strings.Split(strings.TrimSuffix(doc, "\n"), "\n")
		var old []string
		if before, found := s.Object(mesh.RefTo(o)); found {
			if was, err := document(before); err == nil {
				old = strings.Split(strings.TrimSuffix(was, "\n"), "\n")
			}
		}
		if len(out) > 0 {
			out = append(out, "---")
			line++
		}
		if some { // of objects that are all new no line is marked
			more, less := difference(old, lines)
			for _, n := range more {
				changed = append(changed, line+n)
			}
			for _, r := range less {
				removed = append(removed, Removed{line + r.Before, r.Text})
			}
		}
		out = append(out, lines...)
		line += len(lines)
	}
	return strings.Join(out, "\n") + "\n", changed, removed, true
}

// difference lists the lines that a text has beside the longest sequence of lines that it has in common with another one, and those that the
// other one has beside it.
func difference(old, lines []string) (added []int, removed []Removed) {
	begin := 0
	for begin < len(old) && begin < len(lines) && old[begin] == lines[begin] {
		begin++
	}
	same := 0
	for same < len(old)-begin && same < len(lines)-begin && old[len(old)-1-same] == lines[len(lines)-1-same] {
		same++
	}
	added, removed = between(old[begin:len(old)-same], lines[begin:len(lines)-same])
	for i := range added {
		added[i] += begin
	}
	for i := range removed {
		removed[i].Before += begin
	}
	return added, removed
}

// between is the difference of two texts that neither begin nor end with a line in common.
func between(old, lines []string) (added []int, removed []Removed) {
	if len(old)*len(lines) > 1e6 { // more than anybody reads: all of one is taken out, and all of the other put in
		for _, l := range old {
			removed = append(removed, Removed{0, l})
		}
		for i := range lines {
			added = append(added, i)
		}
		return added, removed
	}
	length := make([][]int, len(old)+1)
	for i := range length {
		length[i] = make([]int, len(lines)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(lines) - 1; j >= 0; j-- {
			if old[i] == lines[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(old) || j < len(lines); {
		switch {
		case i < len(old) && j < len(lines) && old[i] == lines[j] && length[i][j] == length[i+1][j+1]+1:
			i, j = i+1, j+1
		case i < len(old) && (j == len(lines) || length[i+1][j] >= length[i][j+1]):
			removed = append(removed, Removed{j, old[i]})
			i++
		default:
			added = append(added, j)
			j++
		}
	}
	return added, removed
}

// document is an object as YAML to apply, without what the API server fills in.
func document(o metav1.Object) (string, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return "", err
	}
	kind := mesh.RefTo(o).Kind
	api, _ := mesh.APIOf(kind)
	m["apiVersion"], m["kind"] = api.GroupVersion(), api.Name()
	if kind == mesh.ReferenceGrant {
		m["apiVersion"] = "gateway.networking.k8s.io/v1beta1" // clusters have it that do not have v1 yet
	}
	delete(m, "status")
	if meta, ok := m["metadata"].(map[string]any); ok {
		for _, k := range []string{"creationTimestamp", "resourceVersion", "uid", "generation", "managedFields"} {
			delete(meta, k)
		}
		if a, ok := meta["annotations"].(map[string]any); ok {
			if delete(a, "kubectl.kubernetes.io/last-applied-configuration"); len(a) == 0 {
				delete(meta, "annotations")
			}
		}
	}
	if kind == mesh.DestinationRule {
		spellModes(m)
	}
	out, err := yaml.Marshal(m)
	return string(out), err
}

// spellModes writes the TLS mode DISABLE out: as the first value of its enumeration it is left out, and would be hard to see.
func spellModes(v any) {
	switch x := v.(type) {
	case map[string]any:
		for k, inner := range x {
			if tls, is := inner.(map[string]any); is && k == "tls" && tls["mode"] == nil {
				tls["mode"] = "DISABLE"
			}
			spellModes(inner)
		}
	case []any:
		for _, inner := range x {
			spellModes(inner)
		}
	}
}
