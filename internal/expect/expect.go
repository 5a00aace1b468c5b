// Package expect reads files of expectations and tells whether answers meet them.
package expect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// File is a file of expectations.
type File struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Metadata   any       `json:"metadata,omitempty"`
	Requests   []Request `json:"requests"`

	dir string
}

// Request is a request with what is expected of it.
type Request struct {
	Name      string            `json:"name"`
	From      string            `json:"from"`
	SourceIP  string            `json:"sourceIP"`
	To        string            `json:"to"`
	Method    string            `json:"method"`
	Host      string            `json:"host"`
	Headers   map[string]Values `json:"headers"`
	Token     *string           `json:"token"`
	TokenFile *string           `json:"tokenFile"`
	TokenEnv  *string           `json:"tokenEnv"`
	Via       string            `json:"via"`
	Insecure  bool              `json:"insecure"`
	TCP       bool              `json:"tcp"`
	Protocol  string            `json:"protocol"`
	At        string            `json:"at"`
	Expect    json.RawMessage   `json:"expect"`
}

// Values are the lines of a header: a text, or a list of texts.
type Values []string

// UnmarshalJSON reads either form.
func (v *Values) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*v = list
		return nil
	}
	var one any
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	switch x := one.(type) {
	case string:
		*v = Values{x}
	case float64, bool:
		*v = Values{strings.TrimSpace(string(data))}
	default:
		return errors.New("a header's value is a text or a list of texts")
	}
	return nil
}

const maxFile = 16 << 20

// readFile reads a file of expectations that is no larger than one may be.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return bounded(name, f)
}

// bounded reads what a device or a pipe may give without end.
func bounded(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxFile>>20)
	}
	return data, nil
}

// Load reads a file; "-" is standard input.
func Load(name string, stdin io.Reader) (*File, error) {
	f := &File{dir: "."}
	var data []byte
	var err error
	if name == "-" {
		data, err = bounded(name, stdin)
	} else {
		f.dir = filepath.Dir(name)
		data, err = readFile(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the path %q does not exist", name)
	} else if err != nil {
		return nil, err
	}
	if err := f.decode(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

func (r Request) label() string {
	if r.Name == "" {
		return ""
	}
	return " (" + r.Name + ")"
}

// Defaults are what a request does not say itself.
type Defaults struct {
	Namespace      string
	Now            time.Time
	Question       question.Question // keys and assumptions
	Env            func(string) (string, bool)
	AssumeJWTValid bool
}

// Question turns a request of the file into a question. What is wrong with one says nothing of the others.
func (f *File) Question(i int, d Defaults) (question.Question, error) {
	r := f.Requests[i]
	q := d.Question
	q.From, q.To, q.SourceIP, q.Via, q.Method, q.Host, q.TCP, q.Insecure, q.Protocol = r.From, r.To, r.SourceIP, r.Via, r.Method, r.Host, r.TCP, r.Insecure, r.Protocol
	q.Namespace, q.Now = d.Namespace, d.Now
	if part := q.Misplaced(); part != "" {
		return q, fmt.Errorf("the %s looks like a token, and is not shown; a token is given as token, tokenFile or tokenEnv, or in headers", part)
	}
	if r.At != "" {
		at, err := time.Parse(time.RFC3339, r.At)
		if err != nil {
			return q, fmt.Errorf("at: %q is not a time such as 2026-11-22T06:40:00Z", redact.Word(r.At))
		}
		q.Now = at
	}
	names := make([]string, 0, len(r.Headers))
	for name := range r.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range r.Headers[name] {
			h, err := question.Header(name, v)
			if err != nil {
				return q, fmt.Errorf("headers: %w", err)
			}
			q.Headers = append(q.Headers, h)
		}
	}
	return q, f.token(r, d, &q)
}

func (f *File) token(r Request, d Defaults, q *question.Question) error {
	given := 0
	for field, s := range map[string]*string{"token": r.Token, "tokenFile": r.TokenFile, "tokenEnv": r.TokenEnv} {
		if s == nil {
			continue
		}
		if given++; strings.TrimSpace(*s) == "" {
			return fmt.Errorf("%s is given and empty; leave it out for a request without a token", field)
		}
	}
	switch {
	case given > 1:
		return errors.New("token, tokenFile and tokenEnv cannot be used together")
	case r.TokenFile != nil:
		name := *r.TokenFile
		if !filepath.IsAbs(name) {
			name = filepath.Join(f.dir, name)
		}
		token, err := question.TokenFile(name, nil)
		if err != nil {
			return fmt.Errorf("tokenFile: %w", err)
		}
		q.Token = token
	case r.TokenEnv != nil:
		token, err := question.TokenEnv(*r.TokenEnv, d.Env)
		if err != nil {
			return fmt.Errorf("tokenEnv: %w", err)
		}
		q.Token = token
	case r.Token != nil:
		q.Token = *r.Token
	}
	return nil
}

var resultNames = []string{string(flow.Reaches), string(flow.Answered), string(flow.Reset), string(flow.Refused), string(flow.Timeout), string(flow.TLSFailure), string(flow.ExitNoName)}
