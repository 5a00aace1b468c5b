package meaning

import (
	"time"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// KindLogReport is the kind of what `log` prints.
const KindLogReport = "LogReport"

// LogReport explains the lines of an access log.
type LogReport struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Lines      LogLines `json:"lines"`
	// Agreement counts the entries by how they compare with what the resources say; those that were only counted are left out.
	Agreement map[Agreement]int `json:"agreement"`
	Items     []LogItem         `json:"items"`             // what differs from the resources first, then what failed, then the rest; each by count
	Omitted   int               `json:"omitted,omitempty"` // items that --limit leaves out
	Tool      explain.Tool      `json:"tool"`
}

// LogLines count what was read.
type LogLines struct {
	Read     int      `json:"read"`
	Entries  int      `json:"entries"`            // lines of an access log
	Other    int      `json:"other,omitempty"`    // lines of other logs, and empty ones
	Bad      int      `json:"bad,omitempty"`      // lines in no format that is known
	FirstBad *LogLine `json:"firstBad,omitempty"` // the first of those
	Beyond   int      `json:"beyond,omitempty"`   // entries that were only counted, as too many differ
}

// LogLine is a line by its number, from 1.
type LogLine struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// Agreement is how lines compare with what the resources say.
type Agreement string

// The agreements.
const (
	Agrees     Agreement = "agrees"
	Differs    Agreement = "differs"
	NotSettled Agreement = "notSettled" // the resources do not settle what the request gets, and it may be what was logged
	NotAsked   Agreement = "notAsked"   // the lines do not tell enough to ask
)

// LogItem are lines that say the same.
type LogItem struct {
	Count       int                  `json:"count"`
	First       *time.Time           `json:"first,omitempty"` // of the requests
	Last        *time.Time           `json:"last,omitempty"`
	Merged      bool                 `json:"merged,omitempty"` // lines of other paths, clients or proxies are among them, as too many differ
	Proxy       *flow.Party          `json:"proxy,omitempty"`  // who wrote them
	Source      *explain.Source      `json:"source,omitempty"`
	ClientIP    string               `json:"clientIP,omitempty"`
	Request     LogRequest           `json:"request"`
	Logged      Logged               `json:"logged"`
	Meanings    []Meaning            `json:"meanings,omitempty"` // of what was logged
	Agreement   Agreement            `json:"agreement"`
	Because     []explain.Note       `json:"because,omitempty"`     // what explains the lines, or why they differ from what the resources say
	Explanation *explain.Explanation `json:"explanation,omitempty"` // what the resources say
	Next        []explain.Next       `json:"next,omitempty"`
}

// LogRequest is the request as the proxy saw it.
type LogRequest struct {
	Method   string `json:"method,omitempty"` // empty where it is no HTTP
	Host     string `json:"host,omitempty"`
	Path     string `json:"path,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	To       string `json:"to,omitempty"` // what was dialled, as far as that can be told
}

// Logged is what the proxy wrote about the end of it.
type Logged struct {
	Status           int       `json:"status,omitempty"`
	GRPCStatus       string    `json:"grpcStatus,omitempty"`
	Flags            []string  `json:"flags,omitempty"`
	Details          string    `json:"details,omitempty"`
	Termination      string    `json:"termination,omitempty"` // of a connection that is no HTTP
	TransportFailure string    `json:"transportFailure,omitempty"`
	Error            string    `json:"error,omitempty"` // of ztunnel
	Cluster          string    `json:"cluster,omitempty"`
	UpstreamHost     string    `json:"upstreamHost,omitempty"`
	Route            string    `json:"route,omitempty"`
	Policy           *mesh.Ref `json:"policy,omitempty"` // that the line names
}
