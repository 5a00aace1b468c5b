package cluster

import (
	"context"
	"errors"
	"time"

	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const defaultTimeout = 30 * time.Second

// Options say how a cluster is read. The zero value is fine.
type Options struct {
	Version  string        // of this program, as the API server's audit log shows it
	Timeout  time.Duration // of all reads together; 30 s where it is 0 and the config has none of its own
	Roots    []string      // namespaces of control planes, besides istio-system and those whose Service istiod is seen
	Parallel int           // requests at one time; 16 where it is 0
	MaxBytes int64         // of all answers together; no limit where it is 0
	Progress func(done, total int, what string)
	// Sleep waits as long as the API server asks for; the clock's where it is nil.
	Sleep func(context.Context, time.Duration) error
}

// Reader reads one cluster for one command. What was read is kept, so a later [Reader.Snapshot] reads only what is missing. It is not
// for several goroutines at once.
type Reader struct {
	client   *client
	options  Options
	deadline time.Time // of all reads; it begins with the first one
	need     Need
	known    *known
	asked    map[task]bool
	done     int
	first    error // the first failure to get any answer at all
	waves    []Wave
	latest   *mesh.Snapshot
}

// New makes a reader. It sends nothing yet.
func New(config *rest.Config, o Options) (*Reader, error) {
	switch {
	case config.Timeout > 0:
		o.Timeout = config.Timeout
	case o.Timeout <= 0:
		o.Timeout = defaultTimeout
	}
	c, err := newClient(config, o)
	if err != nil {
		return nil, err
	}
	return &Reader{client: c, options: o, known: newKnown(o.Roots), asked: map[task]bool{}}, nil
}

// Snapshot reads what is needed and was not asked for before, and returns all that is known by now: the former
// snapshot, if there was nothing to read. An error means that there is no
// answer at all: no connection, no login, or ctx was cancelled. All else is a gap of the list that it concerns.
func (r *Reader) Snapshot(ctx context.Context, need Need) (*mesh.Snapshot, error) {
	begin := time.Now()
	if r.deadline.IsZero() {
		r.deadline = begin.Add(r.options.Timeout)
	}
	r.need = r.need.And(need)
	before, asked := r.client.transport.count(), len(r.asked)
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	after := r.client.transport.count()
	r.waves = append(r.waves, Wave{Requests: after.Requests - before.Requests, Bytes: after.Bytes - before.Bytes, Duration: time.Since(begin)})
	// What a snapshot has worked out it keeps: a file of a hundred questions asks the same one.
	if r.latest == nil || len(r.asked) > asked {
		r.latest = r.known.snapshot()
	}
	return r.latest, nil
}

// read asks until nothing is left to ask. Answers lead to further questions: the Services tell where control planes are, a refused
// list is asked for again in single namespaces.
func (r *Reader) read(caller context.Context) error {
	ctx, cancel := context.WithDeadline(caller, r.deadline)
	defer cancel()
	answers := make(chan answer)
	pending := map[task]bool{}
	for {
		for _, t := range r.plan() {
			if !r.asked[t] {
				r.asked[t], pending[t] = true, true
				go r.client.answer(ctx, t, answers)
			}
		}
		if len(pending) == 0 {
			break
		}
		select {
		case a := <-answers:
			delete(pending, a.task)
			if err := r.take(a); err != nil {
				return err
			}
		case <-ctx.Done():
			if err := caller.Err(); errors.Is(err, context.Canceled) {
				return err
			}
			if err := r.giveUp(pending, ctx.Err()); err != nil {
				return err
			}
		}
	}
	if !r.client.transport.answered.Load() && r.first != nil {
		return connectionError(r.client.host, r.first)
	}
	return nil
}

// giveUp waits for nothing that is still under way: a login program, for one, does not mind a deadline.
func (r *Reader) giveUp(pending map[task]bool, why error) error {
	for t := range pending {
		if err := r.take(answer{task: t, err: why}); err != nil {
			return err
		}
	}
	clear(pending)
	return nil
}

// take keeps an answer. It returns an error where no other question can have a better one.
func (r *Reader) take(a answer) error {
	if !r.client.transport.answered.Load() && a.err != nil {
		if r.first == nil {
			r.first = a.err
		}
		if !cut(a.err) {
			return connectionError(r.client.host, a.err)
		}
	}
	if !r.known.begun {
		if err := notServed(a); err != nil {
			return err
		}
	}
	r.known.take(a)
	r.done++
	if r.options.Progress != nil {
		r.options.Progress(r.done, len(r.asked), a.task.String())
	}
	return nil
}
