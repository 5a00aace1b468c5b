package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEndlessCredentials: whatever names a file that has no end, client-go does not read it.
func TestEndlessCredentials(t *testing.T) {
	const endless = "/dev/zero"
	sampleCluster(t)
	kubeconfig := func(cluster, user string) []string {
		name := filepath.Join(t.TempDir(), "config")
		text := "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n" +
			"clusters: [{name: c, cluster: {server: https://127.0.0.1:1, " + cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n"
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"--kubeconfig", name}
	}
	server := []string{"--server", "https://127.0.0.1:1"}
	for want, args := range map[string][]string{
		"the certificate authority /dev/zero is larger":  append(server[:2:2], "--certificate-authority", endless),
		"the client certificate /dev/zero is larger":     append(server[:2:2], "--client-certificate", endless, "--client-key", "/dev/null"),
		"the client key /dev/zero is larger":             append(server[:2:2], "--client-key", endless, "--client-certificate", "/dev/null"),
		"certificate authority /dev/zero is larger than": kubeconfig("certificate-authority: "+endless, ""),
		"client certificate /dev/zero is larger than":    kubeconfig("", "client-certificate: "+endless+", client-key: /dev/null"),
		"client key /dev/zero is larger than":            kubeconfig("", "client-key: "+endless+", client-certificate: /dev/null"),
		"token file /dev/zero is larger than":            kubeconfig("", "tokenFile: "+endless),
		"the kubeconfig /dev/zero is larger than":        {"--kubeconfig", endless},
	} {
		code, out, say := asked(t, append(args, "sleep.foo", "httpbin.bar:8000/ip")...)
		if code != exitError || !strings.Contains(say, want) {
			t.Errorf("%s: exit status %d\n%s%s", args, code, out, say)
		}
	}
}

// TestQuiet: what goes wrong on the way is told once, by this program, and not by client-go's log too.
func TestQuiet(t *testing.T) {
	sampleCluster(t)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer cut.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	former := os.Stderr
	os.Stderr = w
	code, _, _ := asked(t, "--server", cut.URL, "sleep.foo", "httpbin.bar:8000/ip")
	os.Stderr = former
	_ = w.Close()
	written := make([]byte, 4096)
	n, _ := r.Read(written)
	if code != exitError || strings.Contains(string(written[:n]), "request.go") {
		t.Errorf("exit status %d\n%s", code, written[:n])
	}
}
