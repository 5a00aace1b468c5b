package mesh

import "time"

// Times tells when an object was created, and when somebody last changed it, as far as its managedFields tell; the zero time where
// that is not known.
func (s *Snapshot) Times(r Ref) (created, changed time.Time) {
	o, ok := s.get(r)
	if !ok {
		return
	}
	created = o.GetCreationTimestamp().Time
	if f := lastChange(o); f != nil {
		changed = f[0].Time.Time
	}
	return created, changed
}
