// Package truth replays what a real mesh answered: recorded requests and their outcomes, kept as archives under testdata/truth.
package truth

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/expect"
)

// Case is a mesh and the requests that were sent in it.
type Case struct {
	Area     string // the archive
	Name     string
	World    []byte    // standing objects, as YAML
	Objects  []byte    // the case's own, which replace those of the world
	About    string    `json:"about"`
	Spec     string    `json:"spec"`
	WorldRef string    `json:"world"`
	Istio    string    `json:"istio"` // the release, where it is not the newest
	Requests []Request `json:"requests"`
}

// Request is a request as it was sent, and what came of it.
type Request struct {
	From     string                   `json:"from"`
	URL      string                   `json:"url"`
	Method   string                   `json:"method"`
	Headers  map[string]expect.Values `json:"headers"`
	Token    string                   `json:"token"`
	TokenIn  string                   `json:"tokenIn"` // header and prefix
	Via      string                   `json:"via"`
	Curl     []string                 `json:"curl"` // further arguments
	At       float64                  `json:"at"`   // seconds since 1970
	Outcomes []Outcome                `json:"outcomes"`
}

// Outcome is one distinct outcome and how often it was seen.
type Outcome struct {
	Code    int    `json:"code"` // 0: no HTTP answer
	Exit    int    `json:"exit"` // curl's exit status
	Pod     string `json:"pod"`  // who answered, where the application did
	Count   int    `json:"count"`
	Body    string `json:"body"`
	Seen    *Seen  `json:"seen"`
	Proxies []Log  `json:"proxies"`
}

// Seen is what the application saw.
type Seen struct {
	Path     string `json:"path"`
	Identity any    `json:"identity"`
}

// Log is a line of a proxy's access log.
type Log struct {
	Proxy   string `json:"proxy"` // pod.namespace
	Code    int    `json:"code"`
	Flags   string `json:"flags"`
	Details string `json:"details"`
	TCP     bool   `json:"tcp"`
}

// Load reads an archive of cases: NAME.json beside NAME.yaml, and the worlds that they name.
func Load(archive string) ([]*Case, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", archive, err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", archive, err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", archive, h.Name, err)
		}
	}
	return cases(strings.TrimSuffix(path.Base(archive), ".tar.gz"), files)
}

func cases(area string, files map[string][]byte) ([]*Case, error) {
	var out []*Case
	for name, data := range files {
		base, ok := strings.CutSuffix(name, ".json")
		if !ok {
			continue
		}
		c := &Case{Area: area, Name: base}
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(c); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if c.World, ok = files[c.WorldRef]; !ok {
			return nil, fmt.Errorf("%s: world %q is not in the archive", name, c.WorldRef)
		}
		if c.Objects, ok = files[base+".yaml"]; !ok {
			return nil, fmt.Errorf("%s: %s.yaml is not in the archive", name, base)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Case) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
