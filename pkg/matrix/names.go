package matrix

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Name is a set of sources in a word: a workload with all of its pods, a namespace with all of its workloads ("*"), or one pod.
type Name struct {
	Namespace string
	Name      string
	Pods      int
}

func (n Name) String() string { return n.Namespace + "/" + n.Name }

// Names knows what there is of each workload and namespace, to tell whether a set of sources holds all of it.
type Names struct {
	all        int
	namespaces map[string]int
	workloads  []Name              // with all their pods
	of         map[*corev1.Pod]int // the workload of each pod, as its number in the list
}

// Names counts the matrix's sources.
func (m *Matrix) Names() *Names {
	n := &Names{namespaces: map[string]int{}, of: map[*corev1.Pod]int{}}
	numbers := map[Name]int{}
	for _, c := range m.Classes {
		for _, p := range c.Pods {
			n.all++
			n.namespaces[p.Namespace]++
			w := Name{Namespace: p.Namespace, Name: Workload(p)}
			i, ok := numbers[w]
			if !ok {
				i = len(n.workloads)
				numbers[w] = i
				n.workloads = append(n.workloads, w)
			}
			n.of[p] = i
			n.workloads[i].Pods++
		}
	}
	return n
}

// All tells whether so many sources are all there are, and more than one.
func (n *Names) All(pods int) bool { return pods == n.all && pods > 1 }

// Workloads names sources by their workloads; pods of a workload that is not there as a whole by their own names.
func (n *Names) Workloads(pods []*corev1.Pod) []Name {
	count := make([]int, len(n.workloads))
	for _, p := range pods {
		count[n.of[p]]++
	}
	var out []Name
	for _, p := range pods {
		i := n.of[p]
		w := n.workloads[i]
		switch {
		case count[i] > 0 && count[i] < w.Pods:
			out = append(out, Name{p.Namespace, p.Name, 1})
		case count[i] > 0:
			out = append(out, w)
			count[i] = 0 // named
		}
	}
	slices.SortFunc(out, byNamespace)
	return out
}

// Short names them also by whole namespaces, where those have several workloads.
func (n *Names) Short(pods []*corev1.Pod) []Name {
	list := n.Workloads(pods)
	pieces, held := map[string]int{}, map[string]int{}
	for _, x := range list {
		pieces[x.Namespace]++
		held[x.Namespace] += x.Pods
	}
	var out []Name
	for _, x := range list {
		switch {
		case pieces[x.Namespace] < 2 || held[x.Namespace] < n.namespaces[x.Namespace]:
			out = append(out, x)
		case len(out) == 0 || out[len(out)-1].Namespace != x.Namespace:
			out = append(out, Name{x.Namespace, "*", held[x.Namespace]})
		}
	}
	return out
}

func byNamespace(a, b Name) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// Group are the classes that get the same answer at a destination.
type Group struct {
	Answer  int   `json:"answer"`
	Classes []int `json:"sources"`
}

// Groups sorts the classes by what they get at a destination, in the order of the classes.
func (m *Matrix) Groups(destination int) []Group {
	var out []Group
	index := map[int32]int{}
	for k, n := range m.Cells[destination] {
		i, ok := index[n]
		if !ok {
			i = len(out)
			index[n] = i
			out = append(out, Group{Answer: int(n)})
		}
		out[i].Classes = append(out[i].Classes, k)
	}
	return out
}

// PodsOf are the pods of some classes.
func (m *Matrix) PodsOf(classes []int) []*corev1.Pod {
	var out []*corev1.Pod
	for _, k := range classes {
		out = append(out, m.Classes[k].Pods...)
	}
	return out
}

// Label is a set of sources in a few words: one name, or how many pods and the first names.
func (n *Names) Label(pods []*corev1.Pod) string {
	list := n.Short(pods)
	switch {
	case len(list) == 1:
		return list[0].String()
	case n.All(len(pods)):
		return "all " + strconv.Itoa(len(pods)) + " pods"
	}
	const few = 3
	text := strconv.Itoa(len(pods)) + " pods: "
	for i, x := range list {
		if i == few {
			return text + ", ..."
		}
		if i > 0 {
			text += ", "
		}
		text += x.String()
	}
	return text
}
