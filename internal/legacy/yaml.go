package legacy

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const notSameMark = "NOT THE SAME: "

// YAML writes the resources, each behind comments on what it was made of and where its meaning is not the same. What was left out
// stands at the end.
func (r *Result) YAML(w io.Writer) error {
	var out strings.Builder
	comment(&out, "Translated from v1alpha1 kinds that Istio 1.6 removed. Read the comments before you apply it.")
	for _, s := range r.General {
		comment(&out, notSameMark+s)
	}
	for _, res := range r.Resources {
		doc, err := document(res)
		if err != nil {
			return fmt.Errorf("%s: %w", res.Ref, err)
		}
		out.WriteString("---\n")
		comment(&out, "From "+refs(res.From)+".")
		for _, s := range res.Notes {
			comment(&out, s)
		}
		for _, s := range res.NotSame {
			comment(&out, notSameMark+s)
		}
		out.Write(doc)
	}
	if len(r.LeftOut) > 0 {
		out.WriteString("---\n")
	}
	for i, l := range r.LeftOut {
		if i == 0 || l.Ref != r.LeftOut[i-1].Ref {
			comment(&out, "Left out: "+l.Ref.String()+".")
		}
		if l.NotSame {
			l.Why = notSameMark + l.Why
		}
		comment(&out, l.Why)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// comment writes a line. Names and values of the old objects come into it, so whatever would end the line is made visible.
func comment(out *strings.Builder, s string) {
	out.WriteString("# ")
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0xfeff {
			fmt.Fprintf(out, `\u%04x`, c)
			continue
		}
		out.WriteRune(c)
	}
	out.WriteByte('\n')
}

func refs(list []mesh.Ref) string {
	var names []string
	for _, r := range list {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

// document writes an object without what a file does not have.
func document(r Resource) ([]byte, error) {
	raw, err := json.Marshal(r.Object)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	delete(o, "status")
	if meta, ok := o["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	return yaml.Marshal(o)
}
