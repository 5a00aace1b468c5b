// Package enforcement tells of every policy that names a workload, or a Service of it, who enforces it, on which connections, and what of
// its rules is lost there. It asks the selections of each kind of proxy, and holds none of their rules itself.
package enforcement
