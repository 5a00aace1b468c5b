package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
)

// archive writes what is left: the cluster's objects as the base, Istio's as the mesh on top of it.
func (s *shrinker) archive(about string, rows []string) (*txtar.Archive, error) {
	var base, mesh []object
	for _, o := range s.objects {
		if version := fmt.Sprint(o["apiVersion"]); strings.Contains(version, "istio.io") || strings.Contains(version, "gateway.networking") {
			mesh = append(mesh, o)
		} else {
			base = append(base, o)
		}
	}
	a := &txtar.Archive{Comment: []byte(about)}
	add := func(name, data string) { a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)}) }
	slices.Sort(rows)
	add("questions", s.question.Questions[0]+"\n")
	add("rows", strings.Join(slices.Compact(rows), "\n")+"\n")
	for _, name := range slices.Sorted(maps.Keys(s.question.Tokens)) {
		add(name+".jwt", s.question.Tokens[name]+"\n")
	}
	below, err := documents(base)
	if err != nil {
		return nil, err
	}
	above, err := documents(mesh)
	if err != nil {
		return nil, err
	}
	add("base.yaml", below)
	add("mesh.yaml", above)
	add("mesh.want", s.question.Questions[0]+"\n"+s.answer)
	return a, nil
}

// documents writes objects as a person would: short things on one line.
func documents(objects []object) (string, error) {
	var docs []string
	for _, o := range objects {
		n, err := node(o)
		if err != nil {
			return "", err
		}
		for _, v := range n.Content {
			inline(v)
		}
		var out bytes.Buffer
		e := yaml.NewEncoder(&out)
		e.SetIndent(2)
		if err := e.Encode(n); err != nil {
			return "", err
		}
		docs = append(docs, out.String())
	}
	return strings.Join(docs, "---\n"), nil
}

// first are the fields that stand at the beginning of what they are in.
var first = []string{"apiVersion", "kind", "metadata", "name", "namespace", "spec"}

// node makes a value a node of YAML, its fields in the usual order.
func node(v any) (*yaml.Node, error) {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		rank := func(k string) int {
			if i := slices.Index(first, k); i >= 0 {
				return i
			}
			return len(first)
		}
		keys := slices.SortedFunc(maps.Keys(v), func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
		for _, k := range keys {
			value, err := node(v[k])
			if err != nil {
				return nil, err
			}
			key := &yaml.Node{}
			if err := key.Encode(k); err != nil {
				return nil, err
			}
			n.Content = append(n.Content, key, value)
		}
		return n, nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, x := range v {
			value, err := node(x)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, value)
		}
		return n, nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v)
}

// inline puts what is short on one line.
func inline(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		return
	}
	n.Style = yaml.FlowStyle
	const wide = 110
	if data, err := yaml.Marshal(n); err == nil && len(data) <= wide && bytes.Count(data, []byte("\n")) <= 1 {
		return
	}
	n.Style = 0
	for _, c := range n.Content {
		inline(c)
	}
}
