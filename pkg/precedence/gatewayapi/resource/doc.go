// Package resource holds what all parts of the conversion of the Gateway API share: the routes, whatever their kind, the controllers of
// classes, references into other namespaces, and the faults that istiod writes to the status of routes.
package resource
