package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// change is what --with and --without would do to a mesh.
type change struct {
	with    []metav1.Object
	without []mesh.Ref

	before, after *mesh.Snapshot // the last mesh that was changed, and what became of it
}

// changes reports whether the question is what a change of the resources would do.
func (in *input) changes() bool { return len(in.with)+len(in.without) > 0 }

// change reads what is to be changed. The files are read once: one of them may be standard input.
func (in *input) change() (change, error) {
	var c change
	for _, w := range in.without {
		ref, ok := mesh.ParseRef(w)
		if kind, name, two := strings.Cut(w, "/"); !ok && two && !strings.Contains(name, "/") {
			ns, err := in.namespace()
			if err != nil {
				return c, err
			}
			ref, ok = mesh.ParseRef(kind + "/" + ns + "/" + name) // as kubectl has it, with the namespace of -n
		}
		if !ok {
			return c, fmt.Errorf("--without %q is not KIND/NAMESPACE/NAME of a kind that matters; try: --without authorizationpolicy/NAMESPACE/NAME", w)
		}
		c.without = append(c.without, ref)
	}
	switch {
	case len(in.with) == 0:
		return c, nil
	case slices.Contains(in.with, "-") && slices.Contains(in.files, "-"):
		return c, errors.New("standard input is used twice: by -f - and by --with -")
	}
	ns, err := in.namespace()
	if err != nil {
		return c, err
	}
	c.with, err = in.source(ns).Objects(in.with...)
	return c, err
}

// changed is the mesh as far as it is read, with the objects of --without left out and those of --with on top.
func (m *meshSource) changed() (*mesh.Snapshot, error) {
	c := &m.change
	if c.before == m.snapshot {
		return c.after, nil
	}
	after := m.snapshot
	for i, ref := range c.without {
		less, found := after.Without(ref)
		if !found && ref.Kind == mesh.Gateway { // as kubectl has it, where the cluster has a Gateway of the other group alone
			less, found = after.Without(mesh.Ref{Kind: mesh.KubeGateway, Namespace: ref.Namespace, Name: ref.Name})
		}
		if !found {
			return nil, absent(after, m.in.without[i], ref)
		}
		after = less
	}
	if len(c.with) > 0 {
		after = after.Put(c.with...)
	}
	c.before, c.after = m.snapshot, after
	return after, nil
}

// absent says that what was to be left out is not there, or that nobody knows.
func absent(s *mesh.Snapshot, asked string, r mesh.Ref) error {
	for _, g := range s.Gaps() {
		if g.Kind != r.Kind || g.Namespace != "" && g.Namespace != r.Namespace {
			continue
		}
		if ask := g.CanI(); ask != "" {
			return fmt.Errorf("--without %s: whether it is there may not be read; to see what is missing: %s", asked, ask)
		}
		return fmt.Errorf("--without %s: whether it is there could not be read (%s)", asked, g.Cause)
	}
	return fmt.Errorf("--without %s: there is no such object%s", asked, nearObjects(s, r))
}

// nearObjects offers objects of the kind with a similar name.
func nearObjects(s *mesh.Snapshot, r mesh.Ref) string {
	var names []string
	for _, x := range s.Objects(r.Kind) {
		names = append(names, x.ID())
	}
	return suggest.Hint(r.ID(), names)
}
