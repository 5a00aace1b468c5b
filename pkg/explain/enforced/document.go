package enforced

import (
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
)

// KindEnforcement is the kind of [Document].
const KindEnforcement = "Enforcement"

// Document tells of a workload which proxy enforces which policy. Pods of the workload that differ in it are items of their own.
type Document struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Workload   string        `json:"workload"` // as it was asked for
	Settled    bool          `json:"settled"`  // nothing that was not read could change it
	Items      []Workload    `json:"items"`
	Gaps       []explain.Gap `json:"gaps,omitempty"`
	Tool       explain.Tool  `json:"tool"`
}

// Workload are pods of which the same holds.
type Workload struct {
	Pods     []mesh.Ref        `json:"pods"`            // none of a host
	Host     *mesh.Ref         `json:"host,omitempty"`  // a ServiceEntry, or a Service, that no pod stands behind
	Proxy    enforcement.Point `json:"proxy,omitempty"` // the pods' own; none where they have none
	Capture  Capture           `json:"capture"`
	Services []Service         `json:"services,omitempty"`
	Policies []Policy          `json:"policies"`
}

// Capture is whether ztunnel takes the pods' connections.
type Capture struct {
	State    string                `json:"state"` // captured, not captured, pending
	Reason   precedence.LossReason `json:"reason"`
	Text     string                `json:"text"`
	Resource mesh.Ref              `json:"resource"` // of the first pod
}

// Service is one that sends to the workload, and its waypoint.
type Service struct {
	Resource mesh.Ref              `json:"resource"`
	Waypoint *mesh.Ref             `json:"waypoint,omitempty"` // that connections pass; none where they go straight
	Canary   *mesh.Ref             `json:"canary,omitempty"`
	Percent  int                   `json:"percent,omitempty"` // of the connections, through the canary
	Label    *mesh.Ref             `json:"label,omitempty"`   // that names the waypoint
	Ingress  bool                  `json:"ingress,omitempty"` // gateways send through the waypoint too
	Reason   precedence.LossReason `json:"reason"`
	Text     string                `json:"text"`
}

// Verdict is how a policy fares in all.
type Verdict string

// The verdicts.
const (
	AsWritten Verdict = "asWritten" // every proxy that has it enforces all of its rules as they are written
	Otherwise Verdict = "otherwise" // some rule is something else at some proxy
	Nobody    Verdict = "nobody"    // no proxy enforces anything of it
	// Overridden is a PeerAuthentication that a narrower or an older one is set above.
	Overridden Verdict = "overridden"
)

// Policy is a policy that names the workload, or a Service of it.
type Policy struct {
	Resource mesh.Ref              `json:"resource"`
	Action   string                `json:"action,omitempty"` // of an AuthorizationPolicy
	MadeBy   *mesh.Ref             `json:"madeBy,omitempty"` // the flag by which istiod makes it; no object has its name
	Enforced Verdict               `json:"enforced"`
	Reason   precedence.LossReason `json:"reason,omitempty"` // why nobody enforces it
	Text     string                `json:"text,omitempty"`
	At       *mesh.Ref             `json:"at,omitempty"` // the field that is the reason
	Places   []Place               `json:"places,omitempty"`
}

// Place is a proxy that has the policy.
type Place struct {
	By     enforcement.Point `json:"by"`
	Proxy  mesh.Ref          `json:"proxy"`         // the first pod, or the waypoint's Gateway
	For    *mesh.Ref         `json:"for,omitempty"` // the Service whose connections these are; none for all
	Ways   []enforcement.Way `json:"ways"`
	Behind []enforcement.Way `json:"behind,omitempty"` // of them, those on which the peer is a waypoint or a gateway, and not the client
	Asks   bool              `json:"asks,omitempty"`   // the policy compares who the peer is
	Idle   bool              `json:"idle,omitempty"`   // nothing of the policy can match there
	Rules  []Rule            `json:"rules,omitempty"`  // those that are not enforced as written
}

// Rule is a rule that is something else at a place than it is written.
type Rule struct {
	Resource mesh.Ref              `json:"resource"`
	Fate     string                `json:"fate"` // wider, narrower, changed, inert, dropped
	Ports    []int                 `json:"ports,omitempty"`
	Lost     []string              `json:"lost,omitempty"` // fields of the policy
	Reason   precedence.LossReason `json:"reason"`
	Text     string                `json:"text"`
}
