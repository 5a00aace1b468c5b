package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/internal/truth"
)

// object is an object of a mesh as YAML has it.
type object = map[string]any

// source is where an archive is cut from.
type source struct {
	about    string
	objects  []object
	requests []truth.Request // of a recorded case
}

// load reads a file with a mesh, and what was recorded beside it.
func load(file string) (*source, error) {
	c := &source{about: "TODO: name the rule.\nSource: TODO.\n"}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	recorded, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		var r truth.Case
		if err := json.Unmarshal(recorded, &r); err != nil {
			return nil, err
		}
		world, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(file)), r.WorldRef))
		if err != nil {
			return nil, err
		}
		c.requests = r.Requests
		c.about = fmt.Sprintf("%s\nSource: TODO; recorded as %s.\n", r.About, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
		data = append(append(world, "\n---\n"...), data...)
	}
	c.objects, err = objects(data)
	return c, err
}

// objects reads documents of YAML. Of several of one name the last one counts.
func objects(data []byte) ([]object, error) {
	var out []object
	at := map[string]int{}
	for _, doc := range strings.Split("\n"+string(data), "\n---") {
		var o object
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			return nil, err
		}
		if len(o) == 0 {
			continue
		}
		key := name(o)
		if i, ok := at[key]; ok {
			out[i] = o
			continue
		}
		at[key] = len(out)
		out = append(out, o)
	}
	return out, nil
}

// name tells objects apart.
func name(o object) string {
	meta, _ := o["metadata"].(object)
	return fmt.Sprint(o["apiVersion"], " ", o["kind"], " ", meta["namespace"], " ", meta["name"])
}

// request writes a recorded request as a question. Its token becomes one of the archive's.
func (c *source) request(n int, tokens map[string]string) (string, error) {
	if n < 0 || n >= len(c.requests) {
		return "", fmt.Errorf("the case has %d requests, counted from 0", len(c.requests))
	}
	r := c.requests[n]
	q, ok, err := r.Question()
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("there are no words for request %d", n)
	}
	words := []string{q.From, q.To}
	flag := func(name, value string) {
		if value != "" {
			words = append(words, name, value)
		}
	}
	if q.Method != "GET" {
		flag("-X", q.Method)
	}
	flag("--via", q.Via)
	flag("--source-ip", q.SourceIP)
	flag("--protocol", q.Protocol)
	if r.At != 0 {
		flag("--now", q.Now.UTC().Format(time.RFC3339))
	}
	for _, h := range q.Headers {
		flag("-H", h.Name+": "+h.Value)
	}
	if q.Insecure {
		words = append(words, "-k")
	}
	for i, w := range words {
		quote := `'`
		if r.Token != "" && strings.Contains(w, r.Token) {
			tokens["token"] = r.Token
			w, quote = strings.ReplaceAll(w, r.Token, "$token"), `"`
		}
		if strings.ContainsAny(w, " '\"*$;&?#") {
			w = quote + w + quote
		}
		words[i] = w
	}
	return strings.Join(words, " "), nil
}
