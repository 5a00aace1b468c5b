// Package explain makes a report for people and programs of what pkg/resolve found: the JSON contract, the catalogue of reasons with all
// their sentences, near misses, and next steps that were tried before they are offered.
package explain
