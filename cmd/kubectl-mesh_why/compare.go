package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// compareOptions say in what a second question differs from the first.
type compareOptions struct {
	source, token, path, namespace string

	flags *pflag.FlagSet
}

func (c *compareOptions) addFlags(f *pflag.FlagSet) {
	c.flags = f
	f.StringVar(&c.source, "compare-source", "", "evaluate this source too, and show where the two answers diverge")
	f.StringVar(&c.token, "compare-token", "", "evaluate with the token in this file too ('' for none), and show where the two answers diverge")
	f.StringVar(&c.path, "compare-path", "", "evaluate this path too, and show where the two answers diverge")
	f.StringVar(&c.namespace, "compare-namespace", "", "evaluate the Service of the same name in this namespace too (called from there if the source is in the destination's namespace), and show where the two answers diverge")
}

// asked reports whether there is a second question.
func (c *compareOptions) asked() bool {
	for _, name := range []string{"compare-source", "compare-token", "compare-path", "compare-namespace"} {
		if c.flags.Changed(name) {
			return true
		}
	}
	return false
}

// second makes the second question, and names for both.
func (c *compareOptions) second(q question.Question, m *meshSource) (question.Question, [2]string, error) {
	var names [2][]string
	differ := func(first, second string) {
		names[0], names[1] = append(names[0], first), append(names[1], second)
	}
	o := q
	if c.flags.Changed("compare-namespace") {
		moved, from, err := q.InNamespace(m.snapshot, c.namespace)
		if err != nil {
			return o, [2]string{}, fmt.Errorf("--compare-namespace: %w", err)
		}
		o = moved
		differ("namespace "+from, "namespace "+c.namespace)
	}
	if c.flags.Changed("compare-source") {
		differ(q.From, c.source)
		o.From = c.source
		if c.source != question.Outside {
			o.SourceIP = ""
		}
	}
	if c.flags.Changed("compare-path") {
		plain, _, err := o.Plain(m.snapshot)
		if err != nil {
			return o, [2]string{}, err
		}
		hide := secrets.Of(m.snapshot, &flow.Request{Path: plain.Path})
		hide.Asks(c.path)
		differ(hide.Text(plain.Path), hide.Text(c.path))
		o = plain
		o.Path = c.path
	}
	if c.flags.Changed("compare-token") {
		first := "with --jwt-file"
		if q.Token == "" {
			first = "without a token"
		}
		o.Token = ""
		second := "without a token"
		if c.token != "" {
			token, err := question.TokenFile(c.token, m.in.streams.In)
			if err != nil {
				return o, [2]string{}, fmt.Errorf("--compare-token: %w", err)
			}
			o.Token, second = token, "with --compare-token"
		}
		differ(first, second)
	}
	return o, [2]string{strings.Join(names[0], ", "), strings.Join(names[1], ", ")}, nil
}

// compareTwo asks two questions and prints the answers side by side.
func compareTwo(ctx context.Context, in *input, c *compareOptions, q question.Question, out *output) error {
	if in.changes() {
		return errors.New("a --compare- flag and --with or --without cannot be used together")
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	first, err := m.explain(ctx, q, "")
	if err != nil {
		return err
	}
	o, names, err := c.second(q, m)
	if err != nil {
		return err
	}
	second, err := m.explain(ctx, o, "")
	if err != nil {
		return err
	}
	if err := render.SideBySide(out.to, explain.NewSideBySide(first, second, names), out.options()); err != nil {
		return err
	}
	if err := status(first); err != nil {
		return worse(err, status(second))
	}
	return status(second)
}

// worse is the status that tells more: not settled after not reaching, as with the answers of one question.
func worse(a, b error) error {
	var x, y exitStatus
	if errors.As(a, &x) && errors.As(b, &y) && y > x {
		return b
	}
	return a
}
