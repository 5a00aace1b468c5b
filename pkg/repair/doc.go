// Package repair finds changes of resources that make a request reach the application. Every change is tried by asking again, and for each
// it is worked out which other requests it changes, so that the one with the smallest reach comes first. A change that lets in somebody
// without the identity, the token or the header that was missing is none. It does no input and output.
package repair
