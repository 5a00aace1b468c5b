// Package catalogue holds every sentence that an answer is told with: one entry for each code of a reason, a note, a finding or a next
// step.
package catalogue
