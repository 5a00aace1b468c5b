package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// defaultPatience is how long reading a cluster may take where nobody says how long. Working out an answer has no bound then.
const defaultPatience = 30 * time.Second

// patience is the flag --request-timeout, as kubectl writes it: seconds, a duration, or 0 for no limit.
type patience struct {
	of    time.Duration
	given bool
}

// String, Set and Type make it a flag's value.
func (p *patience) String() string {
	if p.of == 0 {
		return "0"
	}
	return p.of.String()
}

// Set reads the value as kubectl does (k8s.io/client-go, tools/clientcmd, ParseTimeout).
func (p *patience) Set(s string) error {
	d, err := clientcmd.ParseTimeout(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is neither a number of seconds, such as 5, nor a duration such as 1m; 0 is no limit", redact.Word(s))
	}
	p.of, p.given = d, true
	return nil
}

// Type is shown in the help.
func (p *patience) Type() string { return "duration" }

// reading is how long reads may take together; negative for no limit.
func (p *patience) reading() time.Duration {
	if p.of == 0 {
		return -1
	}
	return p.of
}

// begin starts the clock of a command whose time is limited.
func (in *input) begin(stop context.CancelCauseFunc) error {
	switch {
	case in.checkAccess && in.offline():
		return errors.New("--check-access asks the API server about permissions, and -f and --demo have none")
	case in.fetchPrivate && !in.fetchJWKS:
		return errors.New("--fetch-jwks-private says from where --fetch-jwks may fetch; give both")
	case !in.patience.given || in.patience.of == 0:
		return nil
	}
	limit := in.patience.of
	if !in.offline() {
		limit *= 2 // once for reading, once for answering
	}
	time.AfterFunc(limit, func() {
		stop(&outOfTime{in.patience.String()})
	})
	return nil
}

// outOfTime ends a command that took longer than it may.
type outOfTime struct{ limit string }

func (e *outOfTime) Error() string {
	return "there is no answer within the time that --request-timeout=" + e.limit + " allows"
}
