package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/mesh-why/mesh-why/internal/logged"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// logOptions are the flags of log.
type logOptions struct {
	pod   string
	limit int
}

func newLog(io streams, in *input, out *output) *cobra.Command {
	o := &logOptions{}
	cmd := &cobra.Command{
		Use:   "log [FILE|-]...",
		Short: "Explain the lines of an access log",
		Long: `Reads access logs (Envoy's in Istio's default text format, in the mesh config's own format or in JSON, and ztunnel's), as kubectl logs prints
them, with or without --prefix. For each line it determines the proxy that wrote it, the request, and the meaning of flags and details;
compares it with what the resources predict; and, if the two differ, says what could explain that. Equal lines are one row with a count.
Lines that are not log entries are counted. Without FILE, or with -, it reads standard input. With --with or --without it compares with the
resources after the change: lines that differ are traffic that the change would affect.

Access logs do not show headers and tokens. If the answer depends on them, the row says so.

Exit status: 0 the resources explain every line, 1 error, 2 some lines differ, 3 some lines are not settled or cannot be evaluated.`,
		Example: `  kubectl logs -n bar deploy/httpbin -c istio-proxy | kubectl mesh-why log
  kubectl logs -n istio-system -l istio=ingressgateway --prefix --tail=100000 | kubectl mesh-why log -o json
  kubectl mesh-why log access.log -f mesh.yaml --with new-policy.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.complete(io); err != nil {
				return err
			}
			return o.run(cmd.Context(), in, out, args)
		},
	}
	cmd.Flags().StringVar(&o.pod, "pod", "", "pod that wrote the lines, as POD or POD.NAMESPACE, if they have no prefix")
	cmd.Flags().IntVar(&o.limit, "limit", 20, "how many rows to show; 0 for all")
	return cmd
}

func (o *logOptions) run(ctx context.Context, in *input, out *output, args []string) error {
	if len(args) == 0 {
		if isTerminal(in.streams.In) {
			return errors.New("FILE is missing; try: kubectl logs -n NAMESPACE POD -c istio-proxy | kubectl mesh-why log")
		}
		args = []string{"-"}
	}
	if in.readsStdin() {
		for _, a := range args {
			if a == "-" {
				return errors.New("standard input is used twice: by the log and by -f - or --with -")
			}
		}
	}
	base, err := in.defaults()
	if err != nil {
		return err
	}
	m, err := in.load()
	if err != nil {
		return err
	}
	defer m.report()
	s, err := m.whole(ctx)
	if err == nil && in.changes() {
		s, err = m.changed()
	}
	if err != nil {
		return err
	}
	t := logged.NewTally(distinct)
	r := &logged.Reader{Parser: parser(s, in), Tally: t, Each: o.from, Said: func(n int) { m.progress.say(fmt.Sprintf("reading lines: %d", n)) }}
	if err := o.read(ctx, m, r, args); err != nil {
		return err
	}
	if t.Entries == 0 {
		return nothing(t, args)
	}
	done := m.time.phase("explaining")
	report := logged.Report(s, t, logged.Options{Base: base, Tool: version, Limit: o.limit, Command: func(q question.Question, hide *redact.Redactor) string { return questionLine(q, in.flags(), hide) }})
	done()
	if err := render.LogReport(out.to, report, out.options()); err != nil {
		return err
	}
	return logStatus(report)
}

// distinct bounds how many lines that differ are kept.
const distinct = 5000

// parser knows the formats of the mesh.
func parser(s *mesh.Snapshot, in *input) *accesslog.Parser {
	var texts []string
	var objects []map[string]any
	config := s.For(nil).Config.Proto
	if f := config.GetAccessLogFormat(); f != "" {
		if config.GetAccessLogEncoding() == meshconfig.MeshConfig_JSON {
			if fields, err := accesslog.Fields(f); err == nil {
				objects = append(objects, fields)
			}
		} else {
			texts = append(texts, f)
		}
	}
	for _, p := range config.GetExtensionProviders() {
		format := p.GetEnvoyFileAccessLog().GetLogFormat()
		if t := format.GetText(); t != "" {
			texts = append(texts, t)
		}
		if l := format.GetLabels(); l != nil {
			objects = append(objects, l.AsMap())
		}
	}
	p, errs := accesslog.NewParser(texts, objects)
	for _, err := range errs {
		_, _ = fmt.Fprintf(in.streams.Err, "warning: mesh config: %s\n", render.Clean(err.Error()))
	}
	return p
}

// nothing says that no line was one of an access log.
func nothing(t *logged.Tally, args []string) error {
	text := fmt.Sprintf("%s: none of %d lines is an access log entry", strings.Join(args, ", "), t.Lines)
	if t.Bad > 0 {
		text += fmt.Sprintf("; line %d is %q", t.FirstBad.Number, redact.Word(t.FirstBad.Text))
	}
	return errors.New(text + "; supported are Istio's text format, that of the mesh config, JSON, and ztunnel's")
}

// from says who wrote an entry, with --pod.
func (o *logOptions) from(e *accesslog.Entry) {
	if e.Pod == "" {
		e.Pod, e.Namespace, _ = strings.Cut(o.pod, ".")
	}
}

// read reads the files one after the other.
func (o *logOptions) read(ctx context.Context, m *meshSource, r *logged.Reader, names []string) error {
	defer m.time.phase("lines")()
	m.progress.start()
	defer m.progress.stop()
	for _, name := range names {
		if err := readFile(ctx, r, name, m.in.streams.In); err != nil {
			return err
		}
	}
	return nil
}

func readFile(ctx context.Context, r *logged.Reader, name string, stdin io.Reader) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // only read from
		in = f
	}
	if err := r.Read(ctx, in); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return ctx.Err()
}

func logStatus(r *meaning.LogReport) error {
	switch {
	case r.Agreement[meaning.Differs] > 0:
		return exitStatus(exitNot)
	case r.Agreement[meaning.NotSettled]+r.Agreement[meaning.NotAsked]+r.Lines.Beyond > 0:
		return exitStatus(exitUnsettled)
	}
	return nil
}
