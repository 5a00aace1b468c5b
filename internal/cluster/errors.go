package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Error is a failure of the whole, in kubectl's words; it is shown as it stands.
type Error struct {
	Text string
	Err  error
}

func (e *Error) Error() string { return e.Text }

func (e *Error) Unwrap() error { return e.Err }

// connectionError: there is no API server to talk to.
func connectionError(host string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if utilnet.IsConnectionRefused(err) {
		return &Error{fmt.Sprintf("The connection to the server %s was refused - did you specify the right host or port?", host), err}
	}
	return &Error{fmt.Sprintf("Unable to connect to the server: %v", err), err}
}

// notServed judges the very first answer: no login is no login for anything, and where even the ConfigMaps of the core API are not
// known there is no API server.
func notServed(a answer) error {
	switch {
	case apierrors.IsUnauthorized(a.err):
		return &Error{"error: You must be logged in to the server (Unauthorized)", a.err}
	case apierrors.IsNotFound(a.err) && !a.absent:
		return &Error{fmt.Sprintf("Error from server (NotFound): %v", a.err), a.err}
	}
	return nil
}

// namedMissing tells the API server's word that an object does not exist from an address that does not.
func namedMissing(err error, name string) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) {
		return false
	}
	d := status.Status().Details
	return d != nil && d.Name == name
}

// gapOf makes a gap of a failure. It always has a detail: a gap without one is a list that nobody asked for.
func gapOf(a answer) mesh.Gap {
	g := mesh.Gap{Kind: a.task.kind, Namespace: a.task.namespace, Cause: mesh.Failed, Detail: message(a.err)}
	if a.task.kind == mesh.ConfigMap {
		g.Resource = mesh.Ref{Kind: a.task.kind, Namespace: a.task.namespace, Name: a.task.name}
	}
	var unsupported *unsupportedError
	switch {
	case apierrors.IsForbidden(a.err), apierrors.IsUnauthorized(a.err):
		g.Cause = mesh.Forbidden
	case errors.As(a.err, &unsupported):
		g.Cause = mesh.Unsupported
	}
	return g
}

// message is what the server says, without the address that it was asked at.
func message(err error) string {
	if e, ok := tooLarge(err); ok {
		return e.text
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if text := err.Error(); text != "" {
		return text
	}
	if code := apierrors.ReasonForError(err); code != metav1.StatusReasonUnknown {
		return string(code)
	}
	return http.StatusText(http.StatusInternalServerError)
}
