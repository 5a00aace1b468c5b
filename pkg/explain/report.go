package explain

import (
	"time"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// APIVersion of all documents of this package and of the files that `test` reads.
const APIVersion = "mesh-why/v1alpha1"

// The kinds of documents.
const (
	KindExplanation     = "Explanation"
	KindExplanationList = "ExplanationList"
	KindComparison      = "Comparison"
	KindComparisonList  = "ComparisonList"
	KindExpectations    = "Expectations"
)

// Explanation answers one question. The contract grows by new fields only.
type Explanation struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Name       string         `json:"name,omitempty"` // of the request in a file of expectations
	Request    Request        `json:"request"`
	Verdict    Verdict        `json:"verdict"`
	Hops       []Hop          `json:"hops"`
	Gaps       []Gap          `json:"gaps,omitempty"`
	Notes      []Note         `json:"notes,omitempty"`
	Next       []Next         `json:"next,omitempty"`
	Inputs     Inputs         `json:"inputs"`
	Expected   *ExpectedCheck `json:"expected,omitempty"`
	Error      string         `json:"error,omitempty"` // why a request of a file of expectations could not be asked: it has no outcomes
}

// ExpectedCheck reports whether a request of a file of expectations came out as it was expected to.
type ExpectedCheck struct {
	Met  bool     `json:"met"`
	Want []string `json:"want,omitempty"` // what was not met, as field=value
	Got  []string `json:"got,omitempty"`
}

// ExplanationList is what `test` prints, in the order of the file.
type ExplanationList struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Items      []*Explanation `json:"items"`
}

// Comparison is what a change of the resources does to one answer.
type Comparison struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Summary    string       `json:"summary"` // the first line of the table: DENIED 403 becomes REACHES
	Before     *Explanation `json:"before"`
	After      *Explanation `json:"after"`
	Changed    bool         `json:"changed"`
}

// ComparisonList is what `test` prints with --with or --without.
type ComparisonList struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Items      []*Comparison `json:"items"`
}

// Request is the question as it was understood. Secrets in it are redacted.
type Request struct {
	Source   Source              `json:"source"`
	SourceIP string              `json:"sourceIP,omitempty"`
	URL      string              `json:"url"`
	Host     string              `json:"host,omitempty"` // the authority, where it is not the URL's
	Method   string              `json:"method"`
	Headers  map[string][]string `json:"headers,omitempty"`
	Protocol string              `json:"protocol,omitempty"`
	Token    *Token              `json:"token,omitempty"`
	Via      string              `json:"via,omitempty"`
}

// Source is who asks.
type Source struct {
	Namespace      string `json:"namespace,omitempty"`
	Name           string `json:"name,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	Kind           string `json:"kind"` // Pod, WorkloadEntry or Outside
}

// Token is what may be told of a token: never the token itself.
type Token struct {
	Issuer    string     `json:"issuer,omitempty"`
	Subject   string     `json:"subject,omitempty"`
	Audiences []string   `json:"audiences,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
}

// Verdict is what the request gets.
type Verdict struct {
	Settled  bool          `json:"settled"`
	Summary  string        `json:"summary"`
	Outcomes []Outcome     `json:"outcomes"`
	Presumes []Presumption `json:"presumes,omitempty"` // what the outcomes take for granted
}

// Presumption is something that holds unless a thing is broken or overloaded that the mesh has no part in.
type Presumption struct {
	Code     string    `json:"code"`
	Text     string    `json:"text"`
	Resource *mesh.Ref `json:"resource,omitempty"`
	Command  string    `json:"command,omitempty"` // that looks
}

// Outcome is one answer that the caller can get.
type Outcome struct {
	Result              flow.Kind     `json:"result"`
	Status              int           `json:"status,omitempty"`
	GRPCStatus          int           `json:"grpcStatus,omitempty"`
	CurlExit            int           `json:"curlExit,omitempty"`
	Share               *float64      `json:"share,omitempty"` // 0: not by the mesh's choice; some callers see it, by what they are
	Backends            []Backend     `json:"backends,omitempty"`
	AnsweredBy          []flow.Party  `json:"answeredBy,omitempty"`
	ResponseFlags       []string      `json:"responseFlags,omitempty"`
	ResponseCodeDetails string        `json:"responseCodeDetails,omitempty"`
	Body                string        `json:"body,omitempty"`
	Location            string        `json:"location,omitempty"`
	Condition           string        `json:"condition,omitempty"` // on which it comes about, where nobody knows whether that holds
	Assumed             bool          `json:"assumed,omitempty"`   // comes about only if what is not known is otherwise than it looks
	DependsOn           []string      `json:"dependsOn,omitempty"` // what an extension's code looks at that is not known, as policies name it
	After               string        `json:"after,omitempty"`     // how long it takes at least
	Reason              flow.Reason   `json:"reason"`
	Text                string        `json:"text"`           // the reason as a sentence
	Help                string        `json:"help,omitempty"` // what to do about outcomes of this kind
	Responsible         []Responsible `json:"responsible,omitempty"`
	NearMisses          []Miss        `json:"nearMisses,omitempty"` // rules that would have changed the outcome, the nearest first
	Matched             []Miss        `json:"matched,omitempty"`    // the rule that denies, with the comparisons for which it matches
}

// Backend is who receives a request, with the part of the requests that the mesh gives it where it divides them.
type Backend struct {
	flow.Backend
	Share *float64 `json:"share,omitempty"`
}

// Responsible is a resource that an outcome is due to.
type Responsible struct {
	mesh.Ref
	Role flow.Part `json:"role"`
}

// Hop is a proxy on the way, or the application at its end.
type Hop struct {
	Proxy  flow.Party `json:"proxy"`
	Role   flow.Role  `json:"role"`
	Sees   Sees       `json:"sees"`
	Stages []Stage    `json:"stages"`
}

// Sees is the request as the proxy saw it when it was done.
type Sees struct {
	Path             string `json:"path,omitempty"`
	Authority        string `json:"authority,omitempty"`
	SourceIP         string `json:"sourceIP,omitempty"`
	RemoteIP         string `json:"remoteIP,omitempty"`
	Peer             string `json:"peer,omitempty"` // SPIFFE identity of the sender, as this proxy verified it
	RequestPrincipal string `json:"requestPrincipal,omitempty"`
	Protocol         string `json:"protocol,omitempty"` // HTTP, or TCP where this proxy does not read HTTP
	TLS              string `json:"tls,omitempty"`      // how the bytes came in
}

// Stage is a rule that a proxy applied.
type Stage struct {
	Stage      string      `json:"stage"`
	Effect     flow.Effect `json:"effect"`
	Resource   *mesh.Ref   `json:"resource,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Text       string      `json:"text,omitempty"`
	Answers    string      `json:"answers,omitempty"` // of a stage that rejects: the status, or how the connection ends
	Also       bool        `json:"also,omitempty"`    // stands behind a rejection, and would reject too
	Assumed    bool        `json:"assumed,omitempty"` // for the case that what could not be read is otherwise than it looks
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Candidate is an object, or a part of one, that a stage looked at.
type Candidate struct {
	Resource mesh.Ref  `json:"resource"`
	Applies  bool      `json:"applies"`
	Matches  string    `json:"matches,omitempty"` // of rules: true, false, unknown
	Why      string    `json:"why,omitempty"`
	By       *mesh.Ref `json:"by,omitempty"` // the object that beats it
	Checks   []Check   `json:"checks,omitempty"`
}

// Check is one comparison.
type Check struct {
	Field string   `json:"field"`
	Key   string   `json:"key,omitempty"` // of a condition: what its values are compared with
	Want  []string `json:"want"`
	Got   string   `json:"got"`
	Is    string   `json:"is"` // true, false, unknown

	Nearest int `json:"nearest,omitempty"` // which of the wanted values begins most like the one at hand, from 0
}

// Gap is something that is not known and could change the outcome.
type Gap struct {
	mesh.Gap
	CanI string `json:"canI,omitempty"` // the question to put to kubectl
	Text string `json:"text"`
}

// Note is a finding beside the verdict.
type Note struct {
	Reason   string    `json:"reason"`
	Text     string    `json:"text"`
	Resource *mesh.Ref `json:"resource,omitempty"`
}

// Next is something to do next. What changes resources was tried on the snapshot before it is shown.
type Next struct {
	Kind      NextKind  `json:"kind,omitempty"`
	Text      string    `json:"text"`
	Command   string    `json:"command,omitempty"`
	Patch     string    `json:"patch,omitempty"`        // YAML to apply
	Changed   []int     `json:"changedLines,omitempty"` // of the patch, from 0: those that differ from what is there
	Removed   []Removed `json:"removedLines,omitempty"` // lines that are there and that the patch leaves out
	Reach     []Reached `json:"reach,omitempty"`        // other requests whose answer the step changes
	ReachText string    `json:"reachText,omitempty"`    // the same in a line
	Bounded   bool      `json:"reachBounded,omitempty"` // not all requests that the step could change were compared
}

// Removed is a line of an object that a patch leaves out.
type Removed struct {
	Before int    `json:"before"` // the line of the patch, from 0, before which it stands
	Text   string `json:"text"`
}

// NextKind is what a step is.
type NextKind string

// The kinds of steps.
const (
	NextRequest NextKind = "request" // the client, or what it sends, is to be changed
	NextRepair  NextKind = "repair"  // a change of resources that makes the request reach the application
	NextEnforce NextKind = "enforce" // a change of resources by which a policy refuses the request that nobody enforces on it
	NextLook    NextKind = "look"    // a command that shows what could not be read, or asks again
	NextConfirm NextKind = "confirm" // without the resource the answer is another one: proof of a cause, no advice
)

// Reached are other requests whose answer a step changes. An empty method or path stands for each one that was compared, "*" for those that
// no policy names.
type Reached struct {
	From     []string `json:"from"` // namespace/workload, namespace/* for all of a namespace's, or outside
	To       string   `json:"to"`
	Method   string   `json:"method,omitempty"`
	Path     string   `json:"path,omitempty"`
	Token    string   `json:"token,omitempty"` // with or without
	Before   string   `json:"before"`
	After    string   `json:"after"`
	Requests int      `json:"requests"` // that it stands for
}

// Inputs tells what the answer rests on.
type Inputs struct {
	IstioVersion     string            `json:"istioVersion"`
	VersionFrom      string            `json:"versionFrom,omitempty"`
	ZtunnelVersion   string            `json:"ztunnelVersion,omitempty"` // of the oldest ztunnel that is seen, where it is not istiod's
	Revision         string            `json:"revision,omitempty"`
	MeshConfig       string            `json:"meshConfig,omitempty"`
	ResourceVersions map[string]string `json:"resourceVersions,omitempty"`
	Tool             Tool              `json:"tool"`
}

// Tool is the program that made a report.
type Tool struct {
	Version string `json:"version"`
}
