// Package redact hides what must not leave the process: tokens, passwords, keys, and the claims of a token that nobody needs to see. It
// knows secrets in three ways: by the name of the place where they stand (a header, a parameter, a cookie), by their form (a JSON Web
// Token, a vendor's key), and by their value, once a request has carried it.
package redact
