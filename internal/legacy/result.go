package legacy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Result is a translation.
type Result struct {
	// General holds what differs for all that was translated.
	General []string
	// Resources are today's, the root namespace's first, then by namespace, kind and name.
	Resources []Resource
	// LeftOut names what became nothing.
	LeftOut []LeftOut
	// Warnings lists every place where the meaning is not the same, those of General too. The comments of [Result.YAML] hold them all.
	Warnings []Warning
}

// Resource is one of today's resources.
type Resource struct {
	Ref     mesh.Ref
	Object  metav1.Object
	From    []mesh.Ref // the old objects that it was made of
	Notes   []string   // what is worth to know, where the meaning is the same
	NotSame []string   // where it is not
}

// LeftOut is an old object, or a part of one, that became nothing.
type LeftOut struct {
	Ref     mesh.Ref // with the field, if it is a part
	Why     string
	NotSame bool // it had an effect
}

// Warning tells of a meaning that is not the same.
type Warning struct {
	Old  []mesh.Ref // empty where it is a general one
	New  mesh.Ref   // zero where nothing came out
	Text string
}

// translation collects a result.
type translation struct {
	Context
	old *old
	Result
}

// note adds a sentence once.
func note(list *[]string, sentences ...string) {
	for _, s := range sentences {
		if !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
}

// from adds old objects once.
func (r *Resource) from(refs ...mesh.Ref) {
	for _, ref := range refs {
		if ref = ref.Object(); !slices.Contains(r.From, ref) {
			r.From = append(r.From, ref)
		}
	}
}

// maxName is the length that the API server allows, less room for a number.
const maxName = 253 - 6

// free returns the name, with a number behind it if a resource of that kind bears it already.
func (t *translation) free(kind mesh.Kind, namespace, name string) mesh.Ref {
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "-.")
	}
	ref := mesh.Ref{Kind: kind, Namespace: namespace, Name: name}
	for n := 2; slices.ContainsFunc(t.Resources, func(r Resource) bool { return r.Ref == ref }); n++ {
		ref.Name = name + "-" + strconv.Itoa(n)
	}
	return ref
}

func (t *translation) leaveOut(ref mesh.Ref, notSame bool, why string) {
	l := LeftOut{ref, why, notSame}
	if !slices.Contains(t.LeftOut, l) {
		t.LeftOut = append(t.LeftOut, l)
	}
}

// finish sorts what was found and draws the warnings from it.
func (t *translation) finish() *Result {
	order := []mesh.Kind{mesh.PeerAuthentication, mesh.RequestAuthentication, mesh.AuthorizationPolicy}
	slices.SortFunc(t.Resources, func(a, b Resource) int {
		root := func(r Resource) int {
			if r.Ref.Namespace == t.RootNamespace {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(root(a), root(b)), cmp.Compare(a.Ref.Namespace, b.Ref.Namespace),
			cmp.Compare(slices.Index(order, a.Ref.Kind), slices.Index(order, b.Ref.Kind)), cmp.Compare(a.Ref.Name, b.Ref.Name))
	})
	slices.SortFunc(t.LeftOut, func(a, b LeftOut) int {
		return cmp.Or(cmp.Compare(a.Ref.String(), b.Ref.String()), cmp.Compare(a.Why, b.Why))
	})
	for _, s := range t.General {
		t.Warnings = append(t.Warnings, Warning{Text: s})
	}
	for _, r := range t.Resources {
		for _, s := range r.NotSame {
			t.Warnings = append(t.Warnings, Warning{r.From, r.Ref, s})
		}
	}
	for _, l := range t.LeftOut {
		if l.NotSame {
			t.Warnings = append(t.Warnings, Warning{Old: []mesh.Ref{l.Ref}, Text: l.Why})
		}
	}
	return &t.Result
}
