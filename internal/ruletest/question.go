package ruletest

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// now is the time of a question that names none.
const now = "2026-11-22T07:00:00Z"

// asked is a question, and what its line says of the mesh.
type asked struct {
	question.Question
	istio string
}

// Ask answers a question in a mesh.
func (a *Archive) Ask(s *mesh.Snapshot, line string) (*explain.Explanation, error) {
	q, err := a.question(line)
	if err != nil {
		return nil, err
	}
	if q.istio != "" {
		r, err := release.Parse(q.istio)
		if err != nil {
			return nil, fmt.Errorf("--istio-version: %w", err)
		}
		s = s.Put() // a copy: the release counts for this question only
		s.ForceVersion(r)
	}
	bound, err := q.Bind(s)
	if err != nil {
		return nil, err
	}
	return explain.Explain(s, bound, explain.Options{Via: q.Via, Brief: !a.Rows.asksMore()}), nil
}

// Bind reads a question and binds it to a mesh.
func (a *Archive) Bind(s *mesh.Snapshot, line string) (*flow.Request, error) {
	q, err := a.question(line)
	if err != nil {
		return nil, err
	}
	return q.Bind(s)
}

// question reads a line as the plugin reads its arguments.
func (a *Archive) question(line string) (asked, error) {
	q := asked{Question: question.Question{Namespace: "default"}}
	words, err := a.words(line)
	if err != nil {
		return q, err
	}
	var at, token string
	var headers, assume []string
	f := pflag.NewFlagSet(line, pflag.ContinueOnError)
	f.StringVarP(&q.Method, "method", "X", "", "")
	f.StringVar(&q.Path, "path", "", "")
	f.StringArrayVarP(&headers, "header", "H", nil, "")
	f.StringVar(&q.Host, "host", "", "")
	f.StringVar(&q.Protocol, "protocol", "", "")
	f.BoolVar(&q.TCP, "tcp", false, "")
	f.BoolVarP(&q.Insecure, "insecure", "k", false, "")
	f.StringVar(&q.Via, "via", "", "")
	f.StringVar(&q.SourceIP, "source-ip", "", "")
	f.StringVar(&token, "jwt-env", "", "")
	f.StringArrayVar(&assume, "assume", nil, "")
	f.StringVar(&at, "now", now, "")
	f.StringVar(&q.istio, "istio-version", "", "")
	f.StringVarP(&q.Namespace, "namespace", "n", q.Namespace, "")
	if err := f.Parse(words); err != nil {
		return q, err
	}
	if f.NArg() != 2 {
		return q, fmt.Errorf("want SOURCE DESTINATION, got %q", f.Args())
	}
	q.From, q.To = f.Arg(0), f.Arg(1)
	for _, h := range headers {
		header, err := question.ParseHeader(h)
		if err != nil {
			return q, err
		}
		q.Headers = append(q.Headers, header)
	}
	if q.Now, err = time.Parse(time.RFC3339, at); err != nil {
		return q, err
	}
	if token != "" {
		if q.Token = a.Tokens[token]; q.Token == "" {
			return q, fmt.Errorf("--jwt-env: the archive has no %s.claims and no %s.jwt", token, token)
		}
	}
	for _, s := range assume {
		if s != "jwt-valid" {
			return q, fmt.Errorf("--assume %q is not known", s)
		}
		q.AssumeJWTValid = true
	}
	return q, nil
}

// words splits a line as a shell does: at blanks that are not quoted. Tokens stand for variables outside of single quotes.
func (a *Archive) words(line string) ([]string, error) {
	var out []string
	var word, part strings.Builder
	var missing error
	expand := func() {
		word.WriteString(os.Expand(part.String(), func(name string) string {
			if a.Tokens[name] == "" {
				missing = fmt.Errorf("the archive has no token %s", name)
			}
			return a.Tokens[name]
		}))
		part.Reset()
	}
	quote, begun := rune(0), false
	for _, c := range line {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			expand()
			quote, begun = c, true
		case quote != 0 && c == quote:
			if quote == '\'' {
				word.WriteString(part.String())
				part.Reset()
			}
			expand()
			quote = 0
		case quote == 0 && c == ' ':
			expand()
			if begun || word.Len() > 0 {
				out = append(out, word.String())
			}
			word.Reset()
			begun = false
		default:
			part.WriteRune(c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed")
	}
	expand()
	if begun || word.Len() > 0 {
		out = append(out, word.String())
	}
	return out, missing
}
