package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// Asked is a question with what a file needs to ask it again.
type Asked struct {
	Question  question.Question // with names that need no namespace
	TokenFile string            // where its token was read from; "-" is standard input
	TokenEnv  string
	Answer    *explain.Explanation
	Hide      *redact.Redactor
	At        bool // the time of the question was given, and is a part of it
}

// Save adds a question with its answer to a file of expectations, and tells where it is: "requests[3] (NAME)". A question that is there
// already is not added again. Secrets are never written: what carries one is left out, and a comment tells of it.
func Save(name string, a Asked) (string, error) {
	if name == "-" {
		return "", errors.New("expectations are saved to a file; - is not one")
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	old, err := readFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	e := newEntry(a, filepath.Dir(name))
	if what := e.secret(a.Hide); what != "" {
		return "", fmt.Errorf("the question's %s contains what looks like a secret, and would mean something else without it: it is not saved", what)
	}
	f := &File{}
	if len(bytes.TrimSpace(old)) > 0 {
		if err := f.decode(old); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		for i, r := range f.Requests {
			if r.sameQuestion(e.Request) && (len(r.Expect) > 0) == (e.expect != nil) {
				return fmt.Sprintf("requests[%d]%s of %s asks this already: nothing is added", i, r.label(), name), nil
			}
		}
	}
	text, err := appended(old, f, e)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if err := replace(name, text); err != nil {
		return "", err
	}
	note := fmt.Sprintf("saved to %s: requests[%d]%s", name, len(f.Requests), e.label())
	for _, c := range e.comments {
		note += "\n" + c
	}
	return note, nil
}

// sameQuestion compares all but names and expectations.
func (r Request) sameQuestion(o Request) bool {
	for _, x := range []*Request{&r, &o} {
		x.Name, x.Expect, x.At = "", nil, ""
		if x.Method == "GET" {
			x.Method = ""
		}
		if len(x.Headers) == 0 {
			x.Headers = nil
		}
	}
	return reflect.DeepEqual(r, o)
}

// entry is a request as it is written.
type entry struct {
	Request
	headers  []string // their names in order
	expect   any
	comments []string
}

func newEntry(a Asked, dir string) *entry {
	q := a.Question
	e := &entry{Request: Request{From: q.From, SourceIP: q.SourceIP, To: q.To, Host: q.Host, Via: q.Via, Insecure: q.Insecure, TCP: q.TCP, Protocol: q.Protocol}}
	e.Name = strings.Join(strings.Fields(afterHead(a.Answer.Verdict.Summary)), " ")
	if m := strings.TrimSpace(q.Method); m != "GET" {
		e.Method = m
	}
	var left []string
	e.To, left = openParameters(q.To, a.Hide)
	for _, h := range q.Headers {
		if a.Hide.Header(h.Name, h.Value) != h.Value || redact.Text(h.Value) != h.Value {
			left = append(left, "header "+h.Name)
			continue
		}
		if e.Headers == nil {
			e.Headers = map[string]Values{}
		}
		if _, is := e.Headers[h.Name]; !is {
			e.headers = append(e.headers, h.Name)
		}
		e.Headers[h.Name] = append(e.Headers[h.Name], h.Value)
	}
	timed := a.At
	switch {
	case q.Token == "":
	case a.TokenFile != "" && a.TokenFile != "-":
		name := relative(dir, a.TokenFile)
		e.TokenFile = &name
		timed = true // the file's token expires
	case a.TokenEnv != "":
		e.TokenEnv = &a.TokenEnv
	default:
		left = append(left, "the token")
	}
	if timed {
		e.At = q.Now.UTC().Format(time.RFC3339)
	}
	e.answer(a.Answer, left)
	return e
}

// secret names the field, if any, in which a secret stands that cannot be left out.
func (e *entry) secret(hide *redact.Redactor) string {
	for _, f := range [][2]string{{"source", e.From}, {"destination", e.To}, {"host", e.Host}, {"gateway", e.Via}, {"token's file", given(e.TokenFile)}, {"token's variable", given(e.TokenEnv)}, {"method", e.Method}} {
		if hide.Text(f[1]) != f[1] {
			return f[0]
		}
	}
	return ""
}

// answer fills in what is expected. Where something was left out of the question, its answer is not that of what is written.
func (e *entry) answer(x *explain.Explanation, left []string) {
	got := expectation(x)
	if len(left) > 0 {
		data, _ := json.Marshal(got) // of plain fields
		e.comments = append(e.comments, "left out, as it carries a secret: "+strings.Join(left, ", ")+"; add it (tokenFile, tokenEnv) to expect "+string(data))
		return
	}
	if !x.Verdict.Settled {
		e.comments = append(e.comments, "not settled when this was saved, so nothing is expected")
		return
	}
	e.expect = got
}

// given is a text that may not be there, as one that may be empty.
func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func afterHead(summary string) string {
	_, ask, _ := strings.Cut(summary, "   ")
	return ask
}

// part is what is expected of an outcome.
type part struct {
	Result string   `json:"result" yaml:"result"`
	Status int      `json:"status,omitempty" yaml:"status,omitempty"`
	Reason string   `json:"reason,omitempty" yaml:"reason,omitempty"`
	Share  *float64 `json:"share,omitempty" yaml:"share,omitempty"`
}

// expectation is what the answer gives to expect: of one outcome a part, of several a list.
func expectation(x *explain.Explanation) any {
	var list []part
	for all := 0; all < 2 && len(list) == 0; all++ {
		for _, o := range x.Verdict.Outcomes {
			if all == 0 && o.Share != nil && *o.Share == 0 {
				continue
			}
			p := part{Result: string(o.Result), Status: o.Status, Share: o.Share}
			if o.Result != explain.KindReaches {
				p.Reason = string(o.Reason)
			}
			list = append(list, p)
		}
	}
	if len(list) == 1 {
		list[0].Share = nil
		return list[0]
	}
	return list
}

// openParameters leaves the parameters out of a destination's query that carry secrets.
func openParameters(to string, hide *redact.Redactor) (string, []string) {
	rest, query, has := strings.Cut(to, "?")
	if !has {
		return to, nil
	}
	var kept, left []string
	for _, p := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		if hide.Parameter(name, value) != value || redact.Text("?"+p) != "?"+p {
			left = append(left, "parameter "+name)
			continue
		}
		kept = append(kept, p)
	}
	if len(kept) == 0 {
		return rest, left
	}
	return rest + "?" + strings.Join(kept, "&"), left
}

// relative is a file's name as seen from a folder.
func relative(dir, name string) string {
	d, err := filepath.Abs(dir)
	if err != nil {
		return name
	}
	n, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if r, err := filepath.Rel(d, n); err == nil {
		return filepath.ToSlash(r)
	}
	return n
}

// node is the entry as YAML has it.
func (e *entry) node() (*yaml.Node, error) {
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	var failed error
	add := func(name string, value any, flow bool) {
		var k, v yaml.Node
		if err := errors.Join(k.Encode(name), v.Encode(value)); err != nil {
			failed = err
		}
		if flow {
			flowStyle(&v)
		}
		m.Content = append(m.Content, &k, &v)
	}
	text := func(name, value string) {
		if value != "" {
			add(name, value, false)
		}
	}
	text("name", e.Name)
	text("from", e.From)
	text("sourceIP", e.SourceIP)
	text("to", e.To)
	text("method", e.Method)
	text("host", e.Host)
	if len(e.headers) > 0 {
		var h yaml.Node
		h.Kind, h.Tag = yaml.MappingNode, "!!map"
		for _, name := range e.headers {
			var k, v yaml.Node
			var value any = e.Headers[name]
			if len(e.Headers[name]) == 1 {
				value = e.Headers[name][0]
			}
			failed = errors.Join(failed, k.Encode(name), v.Encode(value))
			flowStyle(&v)
			h.Content = append(h.Content, &k, &v)
		}
		add("headers", &h, false)
	}
	text("tokenFile", given(e.TokenFile))
	text("tokenEnv", given(e.TokenEnv))
	text("via", e.Via)
	text("protocol", e.Protocol)
	for _, f := range []struct {
		name string
		is   bool
	}{{"insecure", e.Insecure}, {"tcp", e.TCP}} {
		if f.is {
			add(f.name, true, false)
		}
	}
	text("at", e.At)
	if e.expect != nil {
		add("expect", e.expect, true)
	}
	m.HeadComment = comment(e.comments)
	return m, failed
}

func comment(lines []string) string {
	var out []string
	for _, l := range lines {
		l = strconv.QuoteToGraphic(l)
		out = append(out, "# "+strings.ReplaceAll(l[1:len(l)-1], `\"`, `"`))
	}
	return strings.Join(out, "\n")
}

func flowStyle(n *yaml.Node) {
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		n.Style |= yaml.FlowStyle
	}
	for _, c := range n.Content {
		flowStyle(c)
	}
}
