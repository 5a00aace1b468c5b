// Package policies finds values and rules of AuthorizationPolicies that do not say what they look like.
package policies
