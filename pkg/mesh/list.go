package mesh

import (
	"reflect"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Coverage tells where a kind was read. It is positive: what it does not name was not read.
type Coverage struct {
	All        bool
	Namespaces []string // sorted; not used where All
}

func (c Coverage) covers(namespace string) bool {
	if c.All {
		return true
	}
	_, found := slices.BinarySearch(c.Namespaces, namespace)
	return found
}

// List holds the objects of one kind with the knowledge of where it was looked for them. Its zero value was never read, so
// nothing is settled by it. Objects come out oldest first ([Older]).
type List[T metav1.Object] struct {
	kind   Kind
	items  []T
	byNS   map[string][]T
	named  func() map[objectName]T // made when it is first asked for
	read   Coverage
	failed []Gap
}

// few is how many objects of a namespace are gone through for a name, before all names are put into a map.
const few = 16

// NewList makes a list of what was read. Failed holds why the rest was not; an object that did not decode is named there too.
func NewList[T metav1.Object](kind Kind, items []T, read Coverage, failed ...Gap) List[T] {
	l := List[T]{kind: kind, items: slices.Clone(items), byNS: map[string][]T{}, read: read, failed: failed}
	slices.Sort(l.read.Namespaces)
	ByAge(l.items)
	for _, o := range l.items {
		l.byNS[o.GetNamespace()] = append(l.byNS[o.GetNamespace()], o)
	}
	l.named = sync.OnceValue(func() map[objectName]T { return namedOf(l.items) })
	return l
}

// In returns the objects of some namespaces, oldest first, together with what is not known there.
func (l List[T]) In(namespaces ...string) ([]T, []Gap) {
	if len(namespaces) == 1 {
		return l.byNS[namespaces[0]], l.Gaps(namespaces[0])
	}
	var items []T
	for i, ns := range namespaces {
		if !slices.Contains(namespaces[:i], ns) {
			items = append(items, l.byNS[ns]...)
		}
	}
	ByAge(items)
	return items, l.Gaps(namespaces...)
}

// All returns the objects of every namespace, oldest first, together with what is not known.
func (l List[T]) All() ([]T, []Gap) { return l.items, l.missing() }

// Get returns one object, and whether it was found. Where it was not read, gaps tell so.
func (l List[T]) Get(namespace, name string) (T, bool, []Gap) {
	if o, found := l.find(namespace, name); found {
		return o, true, nil
	}
	var none T
	gaps := slices.DeleteFunc(l.Gaps(namespace), func(g Gap) bool { return g.Resource.Name != "" && g.Resource.Name != name })
	if len(gaps) == 0 && !l.read.covers(namespace) {
		gaps = []Gap{{Kind: l.kind, Namespace: namespace, Cause: Failed}}
	}
	return none, false, gaps
}

func (l List[T]) find(namespace, name string) (o T, found bool) {
	list := l.byNS[namespace]
	if len(list) > few {
		o, found = l.named()[objectName{namespace, name}]
		return o, found
	}
	for _, o := range list {
		if o.GetName() == name {
			return o, true
		}
	}
	return o, false
}

// namedOf finds objects by their names; of one name the first one counts.
func namedOf[T metav1.Object](items []T) map[objectName]T {
	out := make(map[objectName]T, len(items))
	for _, o := range items {
		name := objectName{o.GetNamespace(), o.GetName()}
		if _, again := out[name]; !again {
			out[name] = o
		}
	}
	return out
}

// Gaps returns what is not known of some namespaces.
func (l List[T]) Gaps(namespaces ...string) []Gap {
	if l.read.All && len(l.failed) == 0 {
		return nil
	}
	var gaps []Gap
	for i, ns := range namespaces {
		if slices.Contains(namespaces[:i], ns) {
			continue
		}
		gaps = append(gaps, l.gapsOf(ns)...)
	}
	return gaps
}

func (l List[T]) gapsOf(ns string) []Gap {
	var gaps []Gap
	for _, g := range l.failed {
		if g.Namespace == "" && g.Resource.IsZero() && !l.read.All && l.read.covers(ns) {
			continue // all namespaces at once were refused, this one by itself was not
		}
		if g.Namespace == ns || g.Namespace == "" {
			if g.Resource.IsZero() || g.Resource.Namespace == ns {
				gaps = append(gaps, g)
			}
		}
	}
	if len(gaps) == 0 && !l.read.covers(ns) {
		gaps = append(gaps, Gap{Kind: l.kind, Namespace: ns, Cause: Failed})
	}
	return gaps
}

func (l List[T]) missing() []Gap {
	if l.read.All {
		return l.failed
	}
	if slices.ContainsFunc(l.failed, func(g Gap) bool { return g.Namespace == "" && g.Resource.IsZero() }) {
		return l.failed
	}
	return append(slices.Clone(l.failed), Gap{Kind: l.kind, Cause: Failed})
}

// Kind is the kind of the list's objects.
func (l List[T]) Kind() Kind { return l.kind }

// Len is the number of objects.
func (l List[T]) Len() int { return len(l.items) }

// Known reports whether the kind was read everywhere without a failure.
func (l List[T]) Known() bool { return l.read.All && len(l.failed) == 0 }

// Coverage tells where the kind was read.
func (l List[T]) Coverage() Coverage { return l.read }

// Hide returns the list as somebody sees it who may not read some namespaces, or, without any named, may read none.
func (l List[T]) Hide(namespaces ...string) List[T] {
	if len(namespaces) == 0 {
		return NewList[T](l.kind, nil, Coverage{}, Gap{Kind: l.kind, Cause: Forbidden})
	}
	items := slices.DeleteFunc(slices.Clone(l.items), func(o T) bool { return slices.Contains(namespaces, o.GetNamespace()) })
	failed := slices.Clone(l.failed)
	for _, ns := range namespaces {
		failed = append(failed, Gap{Kind: l.kind, Namespace: ns, Cause: Forbidden})
	}
	return NewList(l.kind, items, l.read, failed...)
}

func (l List[T]) with(items []T) List[T] { return NewList(l.kind, items, l.read, l.failed...) }

// put puts those objects that are of the list's type, and reports whether there are any. Of several with one name the last one counts.
func (l *List[T]) put(objects []metav1.Object) bool {
	var own []metav1.Object
	names := map[objectName]bool{}
	for _, o := range slices.Backward(objects) {
		name := objectName{o.GetNamespace(), o.GetName()}
		if l.holds(o) && !names[name] {
			names[name] = true
			own = append(own, o)
		}
	}
	if len(own) == 0 {
		return false
	}
	items := slices.DeleteFunc(slices.Clone(l.items), func(o T) bool { return names[objectName{o.GetNamespace(), o.GetName()}] })
	for _, o := range slices.Backward(own) {
		items = append(items, o.(T))
	}
	*l = l.with(items)
	return true
}

func (l *List[T]) holds(o metav1.Object) bool {
	_, ok := o.(T)
	return ok
}

func (l *List[T]) get(namespace, name string) (metav1.Object, bool) {
	o, ok, _ := l.Get(namespace, name)
	return o, ok
}

func (l *List[T]) drop(names map[objectName]bool) bool {
	before := len(l.items)
	l.keep(func(o metav1.Object) bool { return !names[objectName{o.GetNamespace(), o.GetName()}] })
	return len(l.items) < before
}

func (l *List[T]) hide(namespaces []string) { *l = l.Hide(namespaces...) }

func (l *List[T]) each(f func(metav1.Object)) {
	for _, o := range l.items {
		f(o)
	}
}

func (l *List[T]) keep(f func(metav1.Object) bool) {
	*l = l.with(slices.DeleteFunc(slices.Clone(l.items), func(o T) bool { return !f(o) }))
}

// without returns the list without the objects of some namespaces.
func (l List[T]) without(namespaces map[string]bool) List[T] {
	if len(namespaces) == 0 {
		return l
	}
	return l.with(slices.DeleteFunc(slices.Clone(l.items), func(o T) bool { return namespaces[o.GetNamespace()] }))
}

// fill makes the list of those objects that are of its type; of one name the last one counts.
func (l *List[T]) fill(kind Kind, objects []metav1.Object) {
	var items []T
	at := map[[2]string]int{}
	for _, o := range objects {
		t, ok := o.(T)
		if !ok {
			continue
		}
		name := [2]string{o.GetNamespace(), o.GetName()}
		if i, again := at[name]; again {
			items[i] = t
			continue
		}
		at[name] = len(items)
		items = append(items, t)
	}
	*l = NewList(kind, items, Coverage{All: true})
}

func (l *List[T]) blank() metav1.Object {
	var t T
	return reflect.New(reflect.TypeOf(t).Elem()).Interface().(metav1.Object)
}

// Reading tells where a kind was read, and why the rest was not. Its zero value is a kind that was never read.
type Reading struct {
	Coverage
	Failed []Gap
}

// Reading tells how a kind was read; the zero value for kinds that a snapshot does not hold.
func (s *Snapshot) Reading(k Kind) Reading {
	for _, l := range s.lists() {
		if l.Kind() == k {
			return l.reading()
		}
	}
	return Reading{}
}

// WithReadings returns a copy of the snapshot whose kinds were read as told. A kind that is not named was not read at all.
func (s *Snapshot) WithReadings(how map[Kind]Reading) *Snapshot {
	c := s.copy()
	for _, l := range c.lists() {
		l.cover(how[l.Kind()])
	}
	return c.Ready()
}

func (l *List[T]) reading() Reading {
	return Reading{Coverage{l.read.All, slices.Clone(l.read.Namespaces)}, slices.Clone(l.failed)}
}

func (l *List[T]) cover(r Reading) {
	*l = NewList(l.kind, l.items, Coverage{r.All, slices.Clone(r.Namespaces)}, r.Failed...)
}
