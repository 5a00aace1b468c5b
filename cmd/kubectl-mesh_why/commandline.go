package main

import (
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// demoAnswer is a question of the demo and its answer.
type demoAnswer struct {
	about, command string
	e              *explain.Explanation
}

func demoList(list []*demoAnswer) *explain.ExplanationList {
	var items []*explain.Explanation
	for _, d := range list {
		items = append(items, d.e)
	}
	return explain.NewList(items)
}

// commandLine writes a question as the command that asks it. Tokens and headers that may carry secrets are left to the reader.
func commandLine(from, to string, a *ask, further []string) string {
	args := []string{"kubectl", "mesh-why"}
	args = append(args, further...)
	args = append(args, from, to)
	flag := func(name, value string) {
		if value != "" {
			args = append(args, name, value)
		}
	}
	if a.method != "" && a.method != "GET" {
		flag("-X", a.method)
	}
	flag("--path", a.path)
	flag("--host", a.host)
	flag("--via", a.via)
	flag("--source-ip", a.sourceIP)
	flag("--protocol", a.protocol)
	for _, h := range a.headers {
		flag("-H", h)
	}
	if a.tcp {
		args = append(args, "--tcp")
	}
	if a.insecure {
		args = append(args, "-k")
	}
	flag("--jwt-file", a.jwtFile)
	flag("--jwt-env", a.jwtEnv)
	return shell.Command(args...)
}

// questionLine writes a question as a command, without its secrets.
func questionLine(q question.Question, further []string, hide *redact.Redactor) string {
	hasToken := q.Token != ""
	q = q.Hidden(hide)
	a := &ask{method: q.Method, path: q.Path, host: q.Host, via: q.Via, sourceIP: q.SourceIP, protocol: q.Protocol, tcp: q.TCP, insecure: q.Insecure}
	if hasToken {
		a.jwtFile = "TOKEN"
	}
	for _, h := range q.Headers {
		a.headers = append(a.headers, h.Name+": "+h.Value)
	}
	return commandLine(q.From, q.To, a, further)
}
