package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// ask are the flags of one request.
type ask struct {
	method, path, host, via, sourceIP, protocol string
	headers                                     []string
	jwtFile, jwtEnv                             string
	tcp, insecure                               bool
	save                                        string
}

func (a *ask) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&a.method, "method", "X", "GET", "HTTP method of the request")
	f.StringVar(&a.path, "path", "", "path and query of the request, if the destination has none")
	f.StringArrayVarP(&a.headers, "header", "H", nil, "header of the request as 'name: value' (repeatable)")
	f.StringVar(&a.host, "host", "", "Host header (authority), if it differs from the destination")
	f.StringVar(&a.protocol, "protocol", "", "HTTP version that the application speaks: HTTP/1.0, HTTP/1.1 (the default) or HTTP/2")
	f.BoolVar(&a.tcp, "tcp", false, "plain TCP, not HTTP")
	f.BoolVarP(&a.insecure, "insecure", "k", false, "the client does not verify TLS certificates (like curl -k)")
	f.StringVar(&a.via, "via", "", "gateway to send the request through: NAME.NAMESPACE[:PORT] of a Service or a pod, or an address")
	f.StringVar(&a.sourceIP, "source-ip", "", "address of a client outside the mesh")
	f.StringVar(&a.jwtFile, "jwt-file", "", "file with a bearer token; - for standard input. The token never leaves this process")
	f.StringVar(&a.jwtEnv, "jwt-env", "", "environment variable that holds a bearer token")
	f.StringVar(&a.save, "save", "", "add this question and its answer to a file of expectations, for kubectl mesh-why test; without secrets")
}

// commandHint asks whether a word that stands alone was meant as a command.
func commandHint(word string) string {
	for _, c := range []string{"matrix", "test", "log", "explain", "enforcement", "demo", "dump", "migrate", "completion", "version", "options"} {
		if suggest.Within(word, c, len(c)/3) {
			return " (did you mean the command " + c + "?)"
		}
	}
	return ""
}

// question makes a question of the flags and the two arguments.
func (a *ask) question(args []string, in *input) (question.Question, error) {
	var q question.Question
	switch len(args) {
	case 0:
		return q, errors.New("SOURCE and DESTINATION are missing; try: kubectl mesh-why sleep.foo httpbin.bar:8000, or kubectl mesh-why demo")
	case 1:
		return q, fmt.Errorf("DESTINATION is missing; try: kubectl mesh-why %s SERVICE.NAMESPACE:PORT%s", redact.Word(args[0]), commandHint(args[0]))
	case 2:
	default:
		return q, fmt.Errorf("expected SOURCE and DESTINATION, but got %d arguments; quote a value that contains spaces", len(args))
	}
	q, err := in.defaults()
	if err != nil {
		return q, err
	}
	q.From, q.To, q.Via, q.SourceIP = args[0], args[1], a.via, a.sourceIP
	q.Path, q.Host, q.Protocol = a.path, a.host, a.protocol
	return q, a.message(&q, in)
}

// message takes over the flags that say what is sent, to whomever it goes.
func (a *ask) message(q *question.Question, in *input) error {
	q.Method, q.Insecure, q.TCP = a.method, a.insecure, a.tcp
	for _, h := range a.headers {
		header, err := question.ParseHeader(h)
		if err != nil {
			return fmt.Errorf("--header: %w", err)
		}
		q.Headers = append(q.Headers, header)
	}
	return a.token(q, in)
}

func (a *ask) token(q *question.Question, in *input) error {
	switch {
	case a.jwtFile != "" && a.jwtEnv != "":
		return errors.New("--jwt-file and --jwt-env cannot be used together")
	case a.jwtFile == "-" && in.readsStdin():
		return errors.New("standard input is used twice: by -f - and by --jwt-file -")
	case a.jwtFile != "":
		token, err := question.TokenFile(a.jwtFile, in.streams.In)
		if err != nil {
			return fmt.Errorf("--jwt-file: %w", err)
		}
		q.Token = token
	case a.jwtEnv != "":
		token, err := question.TokenEnv(a.jwtEnv, os.LookupEnv)
		if err != nil {
			return fmt.Errorf("--jwt-env: %w", err)
		}
		q.Token = token
	}
	return nil
}
