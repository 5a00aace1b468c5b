// Package route holds the stages of Envoy's router: which route takes a request, and what the route does with it before it goes on.
package route
