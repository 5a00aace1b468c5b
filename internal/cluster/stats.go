package cluster

import "time"

// Wave is the cost of one [Reader.Snapshot].
type Wave struct {
	Requests int           `json:"requests"`
	Bytes    int64         `json:"bytes"` // of answers, unpacked
	Duration time.Duration `json:"duration"`
}

// Stats are what reading has cost so far.
type Stats struct {
	Requests int    `json:"requests"`
	Bytes    int64  `json:"bytes"`
	Waves    []Wave `json:"waves"`
}

// Stats tells what reading has cost so far.
func (r *Reader) Stats() Stats {
	all := r.client.transport.count()
	return Stats{Requests: all.Requests, Bytes: all.Bytes, Waves: r.waves}
}
