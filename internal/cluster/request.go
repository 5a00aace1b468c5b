package cluster

import (
	"context"
	"errors"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

const (
	acceptJSON  = "application/json"
	acceptProto = "application/vnd.kubernetes.protobuf,application/json"

	maxAttempts = 5                // at one request
	maxWait     = 10 * time.Second // before one attempt; a server that asks for more is asked again earlier
)

// body is what a request brought.
type body struct {
	data        []byte
	contentType string
}

// request gets one path. It waits as the API server asks, and tries again where the connection was cut.
func (c *client) request(ctx context.Context, path, accept string, params map[string]string) (body, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return body{}, ctx.Err()
	}
	for attempt := 1; ; attempt++ {
		r := c.rest.Get().AbsPath(path).SetHeader("Accept", accept).MaxRetries(0)
		for k, v := range params {
			r.Param(k, v)
		}
		var b body
		result := r.Do(ctx).ContentType(&b.contentType)
		data, err := result.Raw()
		if err == nil {
			b.data = data
			return b, nil
		}
		wait, again := retry(err)
		if !again || attempt == maxAttempts || c.sleep(ctx, wait) != nil {
			return body{}, result.Error()
		}
	}
}

// retry reports whether to ask again, and after how long. What the header Retry-After says is in the error.
func retry(err error) (time.Duration, bool) {
	if cut(err) {
		return 0, true
	}
	if !apierrors.IsTooManyRequests(err) && !apierrors.IsServiceUnavailable(err) && !apierrors.IsServerTimeout(err) {
		return 0, false
	}
	seconds, asks := apierrors.SuggestsClientDelay(err)
	return min(time.Duration(seconds)*time.Second, maxWait), asks
}

// cut tells a connection that broke from one that never was.
func cut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) || utilnet.IsHTTP2ConnectionLost(err)
}
