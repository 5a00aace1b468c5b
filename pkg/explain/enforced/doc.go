// Package enforced tells who enforces the policies of a workload, and what of them is lost on the way there: the table of
// [enforcement.Table] as a document, with sentences.
package enforced
