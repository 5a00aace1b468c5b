// Package keyset fetches the key sets that a RequestAuthentication names by address, for who asks for it. An address comes from the
// cluster, so it is treated as one that an attacker may have written.
package jwks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
)

const (
	maxSize = 1 << 20
	timeout = 5 * time.Second
)

// Fetcher fetches key sets over https, without a proxy, credentials or redirects, and only from public addresses unless it is told
// otherwise.
type Fetcher struct {
	client *http.Client
}

// New makes a fetcher. Private lets it connect to addresses that are not public.
func New(private bool) *Fetcher {
	d := &net.Dialer{Timeout: timeout}
	if !private {
		// Checked when the connection is made, with the address that the name has by then.
		d.Control = func(_, address string, _ syscall.RawConn) error { return public(address) }
	}
	t := &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 64 << 10}
	return &Fetcher{&http.Client{Transport: t, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("it redirects, which is not followed")
	}}}
}

// Fetch returns the keys at an address, or of the issuer whose description is there.
func (f *Fetcher) Fetch(ctx context.Context, uri string) (*jwtauthn.Keys, error) {
	if strings.HasSuffix(uri, jwtauthn.WellKnown) {
		data, err := f.get(ctx, uri)
		if err != nil {
			return nil, err
		}
		var issuer struct {
			Keys string `json:"jwks_uri"`
		}
		if err := json.Unmarshal(data, &issuer); err != nil || issuer.Keys == "" {
			return nil, fmt.Errorf("%s does not say where its keys are (jwks_uri)", uri)
		}
		uri = issuer.Keys
	}
	data, err := f.get(ctx, uri)
	if err != nil {
		return nil, err
	}
	keys, ok := jwtauthn.ParseKeys(string(data))
	if !ok {
		return nil, fmt.Errorf("%s: not a key set that a proxy can use", uri)
	}
	return keys, nil
}

func (f *Fetcher) get(ctx context.Context, uri string) ([]byte, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%q is not fetched: only https:// is, without a user", uri)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	response, err := f.client.Do(r)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	defer response.Body.Close() //nolint:errcheck // only read from
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", uri, response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", uri, err)
	case len(data) > maxSize:
		return nil, fmt.Errorf("%s: larger than %d KiB", uri, maxSize>>10)
	}
	return data, nil
}

// shared are the addresses of carriers and clouds' insides that netip does not count as private (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// public refuses addresses inside of networks: loopback, private, link-local (where clouds have their metadata) and the like.
func public(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || shared.Contains(ip) {
		return fmt.Errorf("%s is not a public address; --fetch-jwks-private allows it", ip)
	}
	return nil
}
