// Package test runs the plugin, and what reads the cluster for it, against a real API server; see the script run.
package test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// Server is a kube-apiserver with an etcd of its own, on loopback.
type Server struct {
	Host  string
	Audit string // the file with the audit log

	dir      string
	commands []*exec.Cmd
}

// users log in with their name as the token, and are of a group. Only the admin may do anything before a role says otherwise.
var users = map[string]string{"admin": "system:masters", "oncall": "", "tenant": ""}

// auditPolicy notes who asked for what, and nothing of the content.
const auditPolicy = `{"apiVersion":"audit.k8s.io/v1","kind":"Policy","omitStages":["RequestReceived"],"rules":[{"level":"Metadata"}]}`

// Start starts the programs that the script run has built in bin, and waits until they are ready.
func Start(ctx context.Context, bin, dir string) (s *Server, err error) {
	s = &Server{dir: dir, Audit: filepath.Join(dir, "audit.log")}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	ports, err := freePorts(3)
	if err != nil {
		return s, err
	}
	etcd, api := "http://127.0.0.1:"+ports[0], "127.0.0.1:"+ports[2]
	s.Host = "https://" + api
	if err := s.files(); err != nil {
		return s, err
	}
	if err := s.run(filepath.Join(bin, "etcd"), "--data-dir="+filepath.Join(dir, "etcd"), "--unsafe-no-fsync", "--listen-client-urls="+etcd,
		"--advertise-client-urls="+etcd, "--listen-peer-urls=http://127.0.0.1:"+ports[1]); err != nil {
		return s, err
	}
	if err := s.run(filepath.Join(bin, "kube-apiserver"), "--etcd-servers="+etcd, "--bind-address=127.0.0.1", "--secure-port="+ports[2],
		"--cert-dir="+filepath.Join(dir, "certs"), "--token-auth-file="+s.file("tokens.csv"), "--authorization-mode=RBAC",
		"--service-account-key-file="+s.file("key.pem"), "--service-account-signing-key-file="+s.file("key.pem"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16",
		"--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount",
		"--audit-policy-file="+s.file("audit.json"), "--audit-log-path="+s.Audit); err != nil {
		return s, err
	}
	return s, s.ready(ctx)
}

// Config logs a user in.
func (s *Server) Config(user string) *rest.Config {
	return &rest.Config{Host: s.Host, BearerToken: user, TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: -1}
}

// Stop ends what Start has started.
func (s *Server) Stop() error {
	var errs []error
	for i := len(s.commands) - 1; i >= 0; i-- {
		c := s.commands[i]
		errs = append(errs, c.Process.Kill())
		_ = c.Wait() // says that it was killed
	}
	return errors.Join(errs...)
}

func (s *Server) file(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) files() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	var tokens strings.Builder
	for user, group := range users {
		fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", user, user, user, group)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return errors.Join(os.WriteFile(s.file("key.pem"), block, 0o600), os.WriteFile(s.file("tokens.csv"), []byte(tokens.String()), 0o600),
		os.WriteFile(s.file("audit.json"), []byte(auditPolicy), 0o600))
}

func (s *Server) run(name string, args ...string) error {
	log, err := os.Create(s.file(filepath.Base(name) + ".log"))
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the child has its own
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return fmt.Errorf("%w; build it first: test/run", err)
	}
	s.commands = append(s.commands, c)
	return nil
}

// ready asks until the API server says that it is.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	admin, err := newAdmin(s.Config("admin"))
	if err != nil {
		return err
	}
	return every(ctx, 200*time.Millisecond, func() error {
		_, err := admin.rest.Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
}

// every calls f until it has no error.
func every(ctx context.Context, wait time.Duration, f func() error) error {
	tick := time.NewTicker(wait)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // only its number is wanted
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}
