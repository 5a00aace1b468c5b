// Package truth replays what a real mesh answered: recorded requests and their outcomes, kept as files under testdata/truth. An area is a
// folder there; NAME.json holds the requests of a case and what came of them, NAME.yaml the objects that the case added to its world,
// as the API server returned them.
package truth

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mesh-why/mesh-why/internal/expect"
)

// Case is a mesh and the requests that were sent in it.
type Case struct {
	Area     string // the folder
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

	Ztunnel []Connection `json:"ztunnel"` // the client's own first
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
	Cluster string `json:"cluster"` // where it sent the request, as outbound|PORT|SUBSET|HOST
	TCP     bool   `json:"tcp"`

	Route       string `json:"route"`
	Termination string `json:"termination"` // why a TCP connection was closed
}

// Connection is a line of a ztunnel's log.
type Connection struct {
	Direction string `json:"direction"` // outbound at the client's, inbound at the server's
	Error     string `json:"error"`
	To        string `json:"to"`       // the address that it connected to, or that the pod was reached at
	HBONE     string `json:"hbone"`    // the address within the tunnel; empty without one
	Workload  string `json:"workload"` // the pod at the other end, or, inbound, its own
	Source    string `json:"source"`   // the identity that opened the tunnel
	Peer      string `json:"peer"`     // that at its other end
}

// Load reads the cases of a folder, NAME.json beside NAME.yaml, and the worlds that they name, which lie beside the folder.
func Load(folder string) ([]*Case, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s holds no cases", folder)
	}
	worlds := map[string][]byte{}
	out := make([]*Case, 0, len(names))
	for _, name := range names {
		base := strings.TrimSuffix(name, ".json")
		c := &Case{Area: filepath.Base(folder), Name: filepath.Base(base)}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, c); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if c.Objects, err = os.ReadFile(base + ".yaml"); err != nil {
			return nil, err
		}
		if worlds[c.WorldRef] == nil {
			if worlds[c.WorldRef], err = os.ReadFile(filepath.Join(filepath.Dir(folder), c.WorldRef)); err != nil {
				return nil, fmt.Errorf("%s: its world: %w", name, err)
			}
		}
		c.World = worlds[c.WorldRef]
		out = append(out, c)
	}
	return out, nil
}
