package question

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const maxToken = 1 << 20

// TokenFile reads a token from a file, or from standard input for "-". Blanks around it are dropped, and a leading "Bearer " with them.
// Errors never show the content.
func TokenFile(name string, stdin io.Reader) (string, error) {
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", unopened(name, err)
		}
		defer f.Close() //nolint:errcheck // only read from
		r = f
	}
	if r == nil {
		return "", errors.New("there is no standard input to read a token from")
	}
	data, err := io.ReadAll(io.LimitReader(r, maxToken+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxToken {
		return "", fmt.Errorf("%s is larger than %d KiB, which no token is", name, maxToken>>10)
	}
	token := bare(string(data))
	if token == "" {
		return "", fmt.Errorf("%s is empty: it holds no token", name)
	}
	return token, nil
}

// unopened tells of a file that is not there without its name: somebody may have given the token itself.
func unopened(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if strings.ContainsAny(name, `/\`) && !redact.IsToken(name) {
		return fmt.Errorf("%s: %w", redact.Word(name), err)
	}
	return fmt.Errorf("the token file cannot be opened: %w (it takes the name of a file, not the token)", err)
}

// envName is how names of environment variables look, as long as nothing else is meant.
var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// TokenEnv reads a token from an environment variable. Errors show neither its content nor a name that could be a token itself.
func TokenEnv(name string, lookup func(string) (string, bool)) (string, error) {
	v, ok := lookup(name)
	shown := "variable " + name
	if !envName.MatchString(name) || redact.MayBeToken(name) {
		shown = "variable of the name that was given"
	}
	if !ok {
		return "", fmt.Errorf("the %s is not set", shown)
	}
	token := bare(v)
	if token == "" {
		return "", fmt.Errorf("the %s is empty: it holds no token", shown)
	}
	return token, nil
}

// bare is a token without the blanks around it and the word Bearer before it.
func bare(s string) string {
	token := strings.TrimSpace(s)
	if len(token) > 7 && strings.EqualFold(token[:7], "bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	return token
}

// notInName are characters that no header's name has.
const notInName = " \t\r\n\"(),/:;<=>?@[\\]{}"

// Header checks a header's name and value. Errors do not show the value, which may be a secret.
func Header(name, value string) (flow.Header, error) {
	if redact.IsToken(name) {
		return flow.Header{}, errors.New("the name of a header looks like a token, and is not shown; write a header as 'name: value'")
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || strings.ContainsAny(name, notInName) {
		return flow.Header{}, fmt.Errorf("%q is not the name of a header", redact.Word(name[:max(strings.IndexAny(name, notInName), 0)]))
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return flow.Header{}, fmt.Errorf("the value of header %s has a line break", name)
	}
	return flow.Header{Name: name, Value: strings.TrimSpace(value)}, nil
}

// ParseHeader reads "name: value" as on a command line.
func ParseHeader(s string) (flow.Header, error) {
	name, value, ok := strings.Cut(s, ":")
	if !ok {
		return flow.Header{}, errors.New("what is given is not 'name: value'; it is not shown, as it may be a secret")
	}
	return Header(name, value)
}
