package rbac

// SenderRules are the rules of one filter with which another sender could fare differently, and the request that they were held against.
type SenderRules struct {
	Subject    *Subject
	TCP, Allow bool
	Rules      []*Rule
}

// Add takes up a rule, if it compares something of the sender on this chain.
func (x *SenderRules) Add(r *Rule) {
	if r.Sender != 0 && !r.Lost(x.TCP, x.Allow) {
		x.Rules = append(x.Rules, r)
	}
}
