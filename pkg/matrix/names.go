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

// Names knows what there is of each workload and namespace, to tell whether classes hold all of it.
type Names struct {
	classes    []Class
	all        int
	namespaces map[string]int
	workloads  []Name              // with all their pods
	number     map[*corev1.Pod]int // of the pod's workload, in that list
	parts      [][]part            // what each class holds
}

// part are the pods of a workload that belong to one class.
type part struct{ workload, pods int }

// Names counts the matrix's sources.
func (m *Matrix) Names() *Names {
	n := &Names{classes: m.Classes, namespaces: map[string]int{}, number: map[*corev1.Pod]int{}, parts: make([][]part, len(m.Classes))}
	numbers := map[Name]int{}
	for k, c := range m.Classes {
		at := map[int]int{} // a workload's place among the parts
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
			n.number[p] = i
			n.workloads[i].Pods++
			j, ok := at[i]
			if !ok {
				j = len(n.parts[k])
				at[i] = j
				n.parts[k] = append(n.parts[k], part{workload: i})
			}
			n.parts[k][j].pods++
		}
	}
	return n
}

// Pods counts the pods of some classes.
func (n *Names) Pods(classes ...int) int {
	sum := 0
	for _, k := range classes {
		sum += len(n.classes[k].Pods)
	}
	return sum
}

// All reports whether so many sources are all there are, and more than one.
func (n *Names) All(pods int) bool { return pods == n.all && pods > 1 }

// Workloads names the sources of some classes by their workloads; pods of a workload that is not there as a whole by their own names.
func (n *Names) Workloads(classes ...int) []Name {
	count := make([]int, len(n.workloads))
	for _, k := range classes {
		for _, x := range n.parts[k] {
			count[x.workload] += x.pods
		}
	}
	var out []Name
	for _, k := range classes {
		torn := false
		for _, x := range n.parts[k] {
			switch w := n.workloads[x.workload]; count[x.workload] {
			case 0: // named
			case w.Pods:
				out = append(out, w)
				count[x.workload] = 0
			default:
				torn = true
			}
		}
		if !torn {
			continue
		}
		for _, p := range n.classes[k].Pods {
			if i := n.number[p]; count[i] > 0 && count[i] < n.workloads[i].Pods {
				out = append(out, Name{p.Namespace, p.Name, 1})
			}
		}
	}
	slices.SortFunc(out, byNamespace)
	return out
}

// Short names them also by whole namespaces, where those have several workloads.
func (n *Names) Short(classes ...int) []Name {
	out := n.Workloads(classes...)
	kept := out[:0]
	for rest := out; len(rest) > 0; {
		size, held := 0, 0
		for size < len(rest) && rest[size].Namespace == rest[0].Namespace {
			held += rest[size].Pods
			size++
		}
		if size > 1 && held == n.namespaces[rest[0].Namespace] {
			kept = append(kept, Name{rest[0].Namespace, "*", held})
		} else {
			kept = append(kept, rest[:size]...)
		}
		rest = rest[size:]
	}
	return kept
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

// Label is the sources of a class in a few words: one name, or how many pods and the first names.
func (n *Names) Label(class int) string {
	list, pods := n.Short(class), n.Pods(class)
	switch {
	case len(list) == 1:
		return list[0].String()
	case n.All(pods):
		return "all " + strconv.Itoa(pods) + " pods"
	}
	const few = 3
	text := strconv.Itoa(pods) + " pods: "
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
