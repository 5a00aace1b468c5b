package jwks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
)

const someKeys = `{"keys":[{"kty":"RSA","kid":"a","e":"AQAB","n":"` + "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw" + `"}]}`

// server answers on loopback with a certificate that f trusts.
func server(t *testing.T, f *Fetcher, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	f.client.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	return s.URL
}

func TestFetch(t *testing.T) {
	f := New(true)
	var url string
	url = server(t, f, func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			switch name {
			case "Accept", "Accept-Encoding", "Connection", "User-Agent":
			default:
				t.Errorf("it sends %s", name)
			}
		}
		switch r.URL.Path {
		case "/keys":
			_, _ = w.Write([]byte(someKeys))
		case jwtauthn.WellKnown:
			_, _ = w.Write([]byte(`{"jwks_uri":"` + url + `/keys"}`))
		case "/silent" + jwtauthn.WellKnown:
			_, _ = w.Write([]byte(`{}`))
		case "/elsewhere":
			http.Redirect(w, r, url+"/keys", http.StatusFound)
		case "/large":
			_, _ = w.Write([]byte(strings.Repeat(" ", maxSize+1)))
		case "/text":
			_, _ = w.Write([]byte("hello"))
		default:
			http.NotFound(w, r)
		}
	})
	for path, want := range map[string]string{
		"/keys": "", jwtauthn.WellKnown: "",
		"/silent" + jwtauthn.WellKnown: "jwks_uri", "/elsewhere": "redirects", "/large": "larger than", "/text": "not a key set", "/nothing": "404",
	} {
		keys, err := f.Fetch(context.Background(), url+path)
		switch {
		case want == "" && (err != nil || keys == nil):
			t.Errorf("%s: %v", path, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// What is inside of networks is not connected to, whatever name leads there.
func TestOnlyPublic(t *testing.T) {
	f := New(false)
	url := server(t, f, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	for _, uri := range []string{url + "/keys", strings.Replace(url, "127.0.0.1", "localhost", 1) + "/keys"} {
		if _, err := f.Fetch(context.Background(), uri); err == nil || !strings.Contains(err.Error(), "public") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{"http://192.0.2.1/keys", "file:///etc/passwd", "https://user:secret@192.0.2.1/", "", "https://"} {
		if _, err := f.Fetch(context.Background(), uri); err == nil || !strings.Contains(err.Error(), "only https") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for address, want := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1111]:443": true,
		"10.0.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:80": false, "100.64.0.1:443": false, "[::1]:443": false, "[fd00::1]:443": false,
		"[::ffff:127.0.0.1]:443": false, "[fe80::1]:443": false, "0.0.0.0:443": false, "224.0.0.1:443": false,
	} {
		if err := public(address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}
