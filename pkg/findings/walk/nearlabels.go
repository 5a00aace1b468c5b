package walk

import (
	"maps"
	"slices"
)

// NearLabels compares a selector with a pod's labels one by one. It is near if every label that is not there was meant for one that is: a
// word that is almost the same, or the same value under another key; or if it is the only one that differs, and the workload's name fits.
func NearLabels(selector, labels map[string]string) (wanted, has []string, near bool) {
	named := false
	near = true
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		v := selector[k]
		got, ok := labels[k]
		if ok && got == v {
			named = named || slices.Contains(naming, k)
			continue
		}
		wanted = append(wanted, k+"="+v)
		key := k
		if !ok {
			key = keyOf(k, v, labels)
		}
		switch {
		case ok && Alike(v, got), !ok && key != "":
			has = append(has, key+"="+labels[key])
		default:
			near = false
			if ok {
				has = append(has, k+"="+got)
			}
		}
	}
	return wanted, has, near || named && len(wanted) == 1
}

// naming are the labels by which workloads are told apart; others, such as version or tier, many of them share.
var naming = []string{"app", "app.kubernetes.io/name", "app.kubernetes.io/instance", "k8s-app", "istio", "name", "run",
	"service.istio.io/canonical-name"}

// usual are values that many labels have, whatever they stand for.
var usual = []string{"true", "false", "enabled", "disabled"}

// keyOf finds the label that has a value under another key; empty where none has.
func keyOf(key, value string, labels map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		same := labels[k] == value && len(value) > 3 && !slices.Contains(usual, value)
		if same || Alike(key, k) && labels[k] == value {
			return k
		}
	}
	return ""
}
