package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	clienttransport "k8s.io/client-go/transport"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const secretToken = "marker-of-a-login-token"

// Where there is no answer at all there is an error, in kubectl's words, and not a pile of gaps.
func TestErrors(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	address, _ := url.Parse(closed.URL)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for _, row := range []struct {
		name    string
		handler http.HandlerFunc
		config  rest.Config
		options Options
		want    string
	}{
		{name: "no login", want: "error: You must be logged in to the server (Unauthorized)", handler: func(w http.ResponseWriter, _ *http.Request) {
			status(w, http.StatusUnauthorized, metav1.StatusReasonUnauthorized, asked{}, "Unauthorized")
		}},
		{name: "connection refused", config: rest.Config{Host: closed.URL},
			want: "The connection to the server " + address.Host + " was refused - did you specify the right host or port?"},
		{name: "no TLS there", config: rest.Config{Host: strings.Replace(plain.URL, "http:", "https:", 1)}, want: "Unable to connect to the server: http: server gave HTTP response to HTTPS client"},
		{name: "no answer", handler: hang, options: Options{Timeout: 50 * time.Millisecond}, want: "Unable to connect to the server: context deadline exceeded"},
		{name: "the kubeconfig's own timeout", handler: hang, config: rest.Config{Timeout: 50 * time.Millisecond}, options: Options{Timeout: time.Hour},
			want: "Unable to connect to the server: context deadline exceeded"},
		{name: "no API server", handler: http.NotFound, want: "Error from server (NotFound): the server could not find the requested resource"},
		{name: "every connection is cut", handler: func(w http.ResponseWriter, _ *http.Request) { cutOff(fakeExchange{W: w}) }, want: "Unable to connect to the server: EOF"},
		{name: "login fails", handler: http.NotFound, want: "Unable to connect to the server: getting credentials: no",
			config: rest.Config{WrapTransport: wrap(func(*http.Request) (*http.Response, error) { return nil, errors.New("getting credentials: no") })}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			config := row.config
			config.BearerToken = secretToken
			if config.Host == "" {
				server := httptest.NewServer(row.handler)
				t.Cleanup(server.Close)
				config.Host = server.URL
			}
			row.options.Sleep = func(context.Context, time.Duration) error { return nil }
			r, err := New(&config, row.options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Snapshot(context.Background(), bothNeeded)
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("error is %v, want %s", err, row.want)
			}
			if err != nil && strings.Contains(err.Error(), secretToken) {
				t.Error("the error shows the token")
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func wrap(f roundTrip) clienttransport.WrapperFunc {
	return func(http.RoundTripper) http.RoundTripper { return f }
}

func TestHostIsChecked(t *testing.T) {
	if _, err := New(&rest.Config{Host: "http://a b"}, Options{}); err == nil {
		t.Error("a host with a blank is accepted")
	}
}

// A list that never comes is a gap at the deadline; what came is used.
func TestDeadline(t *testing.T) {
	f := newFake(t)
	f.Fault = func(x fakeExchange) bool {
		if x.API.Kind == mesh.VirtualService {
			<-x.R.Context().Done()
		}
		return false
	}
	r := f.reader(t, Options{Timeout: 500 * time.Millisecond})
	s := snapshot(t, r, bothNeeded)
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.VirtualService, "bar"); len(gaps) != 1 || gaps[0].Cause != mesh.Failed || gaps[0].Detail != context.DeadlineExceeded.Error() {
		t.Errorf("gaps are %v, want that of the deadline", gaps)
	}
	// The deadline is one for all waves.
	before := len(f.Asked)
	s = snapshot(t, r, Need{Namespaces: []string{"other"}})
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.Pod, "other"); len(gaps) != 1 || gaps[0].Detail == "" {
		t.Errorf("gaps are %v, want that of the deadline", gaps)
	}
	if len(f.Asked) != before {
		t.Errorf("requests were sent after the deadline: %v", f.Asked[before:])
	}
}

// Ctrl-C ends everything, whatever a request or a login program is doing.
func TestCancel(t *testing.T) {
	for name, deaf := range map[string]bool{"requests that listen": false, "a login program that does not": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			ctx, cancel := context.WithCancel(context.Background())
			release := make(chan struct{})
			t.Cleanup(func() { close(release) })
			f.Fault = func(x fakeExchange) bool {
				if x.API.Kind == mesh.VirtualService {
					cancel()
					<-x.R.Context().Done()
				}
				return false
			}
			config := rest.Config{Host: f.URL}
			if deaf {
				config.WrapTransport = func(next http.RoundTripper) http.RoundTripper {
					return roundTrip(func(r *http.Request) (*http.Response, error) {
						if strings.HasSuffix(r.URL.Path, "/services") {
							<-release
						}
						return next.RoundTrip(r)
					})
				}
			}
			r, err := New(&config, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Snapshot(ctx, bothNeeded); !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v, want %v", err, context.Canceled)
			}
		})
	}
}
