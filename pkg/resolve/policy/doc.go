// Package policy holds the stages of RequestAuthentication and AuthorizationPolicy: external authorizers, tokens, deny and allow.
package policy
