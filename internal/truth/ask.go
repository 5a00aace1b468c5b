package truth

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// started is the time of requests that do not say when they are made: one for all of them, as answers tell it.
var started = time.Now()

// Snapshot is the mesh in which the case was recorded.
func (c *Case) Snapshot() (*mesh.Snapshot, error) {
	s, err := manifest.Source{Stdin: bytes.NewReader(slices.Concat(c.World, []byte("\n---\n"), c.Objects))}.Snapshot("-")
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", c.Area, c.Name, err)
	}
	if err := c.date(s); err != nil {
		return nil, fmt.Errorf("%s/%s: %w", c.Area, c.Name, err)
	}
	return s, nil
}

// date gives a snapshot the release that the case was recorded with.
func (c *Case) date(s *mesh.Snapshot) error {
	if c.Istio == "" {
		return nil
	}
	r, err := release.Parse(c.Istio)
	if err == nil {
		s.ForceVersion(r)
	}
	return err
}

// outsideIP is the address of the lab's client that is no pod.
const outsideIP = "10.77.1.200"

// Question is the request as the plugin is asked it; ok is false for one that it has no words for.
func (r Request) Question() (q question.Question, ok bool, err error) {
	q = question.Question{From: r.From, To: r.URL, Method: r.Method, Via: r.Via, Namespace: "default"}
	if strings.HasSuffix(r.From, ".outside") {
		q.From, q.SourceIP = question.Outside, outsideIP
	}
	headers := map[string][]string{}
	for k, v := range r.Headers {
		headers[k] = v
	}
	if r.Token != "" && r.TokenIn != "" {
		name, prefix, _ := strings.Cut(r.TokenIn, ":")
		headers[name] = []string{strings.TrimLeft(prefix, " ") + r.Token}
	}
	q.Now = started
	if r.At != 0 {
		q.Now = time.Unix(int64(r.At), 0)
	}
	if ok = curl(&q, r.Curl, headers); !ok {
		return q, false, nil
	}
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range headers[name] {
			h, err := question.Header(name, v)
			if err != nil {
				return q, false, err
			}
			q.Headers = append(q.Headers, h)
		}
	}
	return q, true, nil
}
