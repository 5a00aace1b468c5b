package question

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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
			return "", err
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
	token := strings.TrimSpace(string(data))
	if len(token) > 7 && strings.EqualFold(token[:7], "bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	if token == "" {
		return "", fmt.Errorf("%s is empty: it holds no token", name)
	}
	return token, nil
}

// Header checks a header's name and value. Errors do not show the value, which may be a secret.
func Header(name, value string) (flow.Header, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || strings.ContainsAny(name, " \t\r\n\"(),/:;<=>?@[\\]{}") {
		return flow.Header{}, fmt.Errorf("%q is not the name of a header", name)
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
		return flow.Header{}, errors.New("a header is written as 'name: value'")
	}
	return Header(name, value)
}
