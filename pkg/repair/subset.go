package repair

import (
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// labelled are the sets of labels that set apart some of the pods behind a host, by one label each: those that subsets usually go by first.
func (i *incident) labelled(c *flow.Cluster, subset string) []map[string]string {
	eps, _ := i.s.Endpoints(c.Host, c.Port)
	values := map[string]map[string]int{}
	for _, e := range eps {
		if e.Pod == nil || !e.Ready {
			continue
		}
		for k, v := range e.Pod.Labels {
			if c.Host.Selector[k] == "" && !strings.Contains(k, "istio.io/") && k != "pod-template-hash" && k != "controller-revision-hash" {
				if values[k] == nil {
					values[k] = map[string]int{}
				}
				values[k][v]++
			}
		}
	}
	var out []map[string]string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if values[k][subset] > 0 {
			out = append(out, map[string]string{k: subset})
		}
	}
	return out
}

// defineSubset adds the subset to the DestinationRule that applies, with a label that pods have; or sends to one that is defined.
func (i *incident) defineSubset() []Change {
	c := i.cluster()
	if c == nil || c.Subset == "" {
		return nil
	}
	var out []Change
	for _, labels := range i.labelled(c, c.Subset) {
		d, ok := i.rule(c)
		if !ok {
			break
		}
		d.Spec.Subsets = append(d.Spec.Subsets, &networking.Subset{Name: c.Subset, Labels: labels})
		out = append(out, Change{Code: "NextDefineSubset", Args: []string{c.Subset, labelText(labels)}, Objects: []metav1.Object{d}})
	}
	if d, ok := i.rule(c); ok && len(out) == 0 {
		var names []string
		for _, s := range d.Spec.Subsets {
			names = append(names, s.Name)
		}
		out = append(out, i.otherSubset(c, names)...)
	}
	return out
}

// otherSubset sends to a subset with a similar name.
func (i *incident) otherSubset(c *flow.Cluster, names []string) []Change {
	near := like(c.Subset, names)
	return i.redirect(c, near, func(d *networking.Destination) { d.Subset = near }, "NextOtherSubset")
}

// relabelSubset gives a subset that no pod fits the labels that pods have.
func (i *incident) relabelSubset() []Change {
	c := i.cluster()
	if c == nil || c.Subset == "" {
		return nil
	}
	d, ok := i.rule(c)
	if !ok {
		return nil
	}
	at := slices.IndexFunc(d.Spec.Subsets, func(s *networking.Subset) bool { return s.Name == c.Subset })
	if at < 0 {
		return nil
	}
	eps, _ := i.s.Endpoints(c.Host, c.Port)
	var out []Change
	var names []string
	seen := map[string]bool{}
	for _, e := range eps {
		if e.Pod == nil || !e.Ready {
			continue
		}
		labels := map[string]string{}
		for k := range d.Spec.Subsets[at].Labels {
			if v := e.Pod.Labels[k]; v != "" {
				labels[k] = v
			}
		}
		if text := labelText(labels); len(labels) > 0 && !seen[text] {
			seen[text] = true
			n := d.DeepCopy()
			n.Spec.Subsets[at].Labels = labels
			out, names = append(out, Change{Code: "NextRelabelSubset", Args: []string{c.Subset, text}, Objects: []metav1.Object{n}}), append(names, text)
		}
	}
	if len(out) < 2 {
		return out
	}
	// Of several the one that the subset is named after; else which of them is meant nobody can tell.
	meant := slices.IndexFunc(names, func(text string) bool { return strings.HasSuffix(text, "="+c.Subset) && !strings.Contains(text, ",") })
	if meant < 0 {
		return nil
	}
	return out[meant : meant+1]
}
