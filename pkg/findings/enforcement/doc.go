// Package enforcement finds objects that do not act on a request at all, and those that act beside Istio.
package enforcement
