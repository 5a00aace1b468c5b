package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// appended is the text of a file with one more request. What is there stays as it is, comments and indentation too, wherever the request
// can stand at the end of the text; else the file is written anew with its comments. Either is read again before it counts.
func appended(old []byte, f *File, e *entry) ([]byte, error) {
	n, err := e.node()
	if err != nil {
		return nil, err
	}
	fresh, err := listed(n)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(old)) == 0 {
		head := fmt.Sprintf("apiVersion: %s\nkind: %s\nrequests:\n", explain.APIVersion, explain.KindExpectations)
		text := append([]byte(head), fresh...)
		return text, f.grewTo(text, e)
	}
	list, err := requestsOf(old)
	if err != nil {
		return nil, err
	}
	for _, line := range []int{lastLine(list.node), bytes.Count(old, []byte("\n")) + 1} {
		if text, ok := inserted(old, fresh, list.node, line); ok && f.grewTo(text, e) == nil {
			return text, nil
		}
	}
	text, err := rewritten(list, n, json.Valid(old))
	if err != nil {
		return nil, err
	}
	return text, f.grewTo(text, e)
}

// grewTo reads a text and tells whether it is the file with the request added.
func (f *File) grewTo(text []byte, e *entry) error {
	g := &File{}
	if err := g.decode(text); err != nil {
		return fmt.Errorf("it would not be a file of expectations any more: %w", err)
	}
	bare := func(r Request) Request {
		r.Expect = nil
		return r
	}
	n := len(f.Requests)
	if len(g.Requests) != n+1 || n > 0 && !reflect.DeepEqual(g.Requests[:n], f.Requests) || !reflect.DeepEqual(bare(g.Requests[n]), bare(e.Request)) {
		return errors.New("the request cannot be added after the others without changing them; nothing is written")
	}
	return nil
}

// listed is an entry of a list as text.
func listed(n *yaml.Node) ([]byte, error) {
	return encode(&yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{n}})
}

func encode(n *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

// lastLine is the last line on which a part of a node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// inserted puts an entry behind a line, indented as the list is.
func inserted(old, fresh []byte, list *yaml.Node, line int) ([]byte, bool) {
	if list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
		return nil, false
	}
	ending := "\n"
	if bytes.Contains(old, []byte("\r\n")) {
		ending = "\r\n"
	}
	var out bytes.Buffer
	n := 0
	add := func() {
		if out.Len() > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
			out.WriteString(ending)
		}
		indent := strings.Repeat(" ", list.Column-1)
		for l := range strings.Lines(string(fresh)) {
			out.WriteString(indent + strings.TrimSuffix(l, "\n") + ending)
		}
	}
	for l := range bytes.Lines(old) {
		out.Write(l)
		if n++; n == line {
			add()
		}
	}
	if n < line {
		add()
	}
	return out.Bytes(), true
}

type requestList struct{ document, node *yaml.Node }

// requestsOf finds the list in a file.
func requestsOf(text []byte) (requestList, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return requestList{}, err
	}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 && doc.Content[0].Kind == yaml.MappingNode {
		fields := doc.Content[0].Content
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i].Value == "requests" && fields[i+1].Kind == yaml.SequenceNode {
				return requestList{&doc, fields[i+1]}, nil
			}
		}
	}
	return requestList{}, errors.New("its list of requests cannot be added to")
}

// rewritten writes the whole file anew: JSON as JSON.
func rewritten(list requestList, n *yaml.Node, asJSON bool) ([]byte, error) {
	if list.node.Style&yaml.FlowStyle != 0 {
		flowStyle(n)
		n.HeadComment = ""
	}
	if asJSON {
		quoted(n)
	}
	list.node.Content = append(list.node.Content, n)
	text, err := encode(list.document)
	if err != nil || !asJSON {
		return text, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, bytes.TrimSpace(text), "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// quoted puts all texts in quotes.
func quoted(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		quoted(c)
	}
}

// replace puts a text in the place of a file, all at once.
func replace(name string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".mesh-why-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // it is gone where all went well
	mode := os.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
