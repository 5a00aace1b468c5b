package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// input are the flags that say what mesh a question is asked in.
type input struct {
	streams streams
	kube    *genericclioptions.ConfigFlags

	files         []string
	maxInput      byteSize
	pairs         bool // all pairs are asked for, whose answers take memory too
	whole         bool // what no decision reads is kept too
	demo          bool
	with, without []string
	istio         string
	now           string
	jwks          string
	fetchJWKS     bool
	fetchPrivate  bool
	assume        []string
	patience      patience
	timing        bool
	checkAccess   bool

	checkKubeconfig func() error // looks at it once
	checkSecrets    bool
}

func newInput(io streams) *input {
	kube := genericclioptions.NewConfigFlags(true)
	kube.Timeout = nil // our own, with a deadline for all reads together
	in := &input{streams: io, kube: kube, patience: patience{of: defaultPatience}}
	in.checkKubeconfig = sync.OnceValue(in.boundKubeconfig)
	return in
}

func (in *input) addFlags(f *pflag.FlagSet) {
	f.StringArrayVarP(&in.files, "filename", "f", nil, "read the mesh from a file, folder or archive, or - for standard input, instead of the cluster (repeatable; a later file replaces objects of an earlier one)")
	in.maxInput = manifest.DefaultMaxInput
	f.Var(&in.maxInput, "max-input", "limit on what files, and the answers of a cluster, hold in all, such as 8Gi; the objects that matter may use a third as much memory")
	f.BoolVar(&in.demo, "demo", false, "use the built-in sample mesh instead of the cluster")
	f.StringArrayVar(&in.with, "with", nil, "apply the objects in this file on top (what-if): prints the answer before and after (repeatable)")
	f.StringArrayVar(&in.without, "without", nil, "remove this object (what-if), as KIND/NAMESPACE/NAME: prints the answer before and after (repeatable)")
	f.StringVar(&in.istio, "istio-version", "", "Istio release whose rules to use, such as 1.30; default: detected from the images")
	f.StringVar(&in.now, "now", "", "time at which to check tokens, such as 2026-11-22T06:40:00Z; default: now")
	f.StringVar(&in.jwks, "jwks", "", "JWKS file to use instead of every jwksUri")
	f.BoolVar(&in.fetchJWKS, "fetch-jwks", false, "fetch the key sets that an answer depends on from their jwksUri: over https, without redirects, from public addresses")
	f.BoolVar(&in.fetchPrivate, "fetch-jwks-private", false, "with --fetch-jwks: from private addresses too")
	f.StringArrayVar(&in.assume, "assume", nil, "treat as true when it cannot be checked: jwt-valid")
	f.Var(&in.patience, "request-timeout", "limit on the time for reading the cluster, such as 5 (seconds), 1m or 0 (no limit); if given, evaluating may take as long again")
	f.BoolVar(&in.timing, "timing", false, "show requests, bytes and time of each phase on standard error")
	f.BoolVar(&in.checkAccess, "check-access", false, "ask the API server which permissions are missing (self subject access reviews)")
	f.BoolVar(&in.checkSecrets, "check-secrets", false, "ask the API server whether the Secrets that an answer presumes exist: only their metadata, never their content (needs get on these Secrets)")
}

// readsStdin reports whether the mesh, or a change of it, comes from standard input.
func (in *input) readsStdin() bool {
	return slices.Contains(in.files, "-") || slices.Contains(in.with, "-")
}

// flags are those that choose the mesh, as they were given, for command lines that ask again.
func (in *input) flags() []string {
	var out []string
	if in.demo {
		out = append(out, "--demo")
	}
	for _, f := range in.files {
		out = append(out, "-f", f)
	}
	if in.maxInput != manifest.DefaultMaxInput {
		out = append(out, "--max-input", in.maxInput.String())
	}
	if in.kube.Context != nil && *in.kube.Context != "" {
		out = append(out, "--context", *in.kube.Context)
	}
	if in.kube.Namespace != nil && *in.kube.Namespace != "" {
		out = append(out, "-n", *in.kube.Namespace)
	}
	if in.istio != "" {
		out = append(out, "--istio-version", in.istio)
	}
	if in.now != "" {
		out = append(out, "--now", in.now)
	}
	if in.jwks != "" {
		out = append(out, "--jwks", in.jwks)
	}
	for _, a := range in.assume {
		out = append(out, "--assume", a)
	}
	return out
}

// changeFlags are the flags of what is to be changed.
func (in *input) changeFlags() []string {
	var out []string
	for _, f := range in.with {
		out = append(out, "--with", f)
	}
	for _, w := range in.without {
		out = append(out, "--without", w)
	}
	return out
}

// offline reports whether the mesh comes from files.
func (in *input) offline() bool { return len(in.files) > 0 || in.demo }

// defaults are what every question of a command shares.
func (in *input) defaults() (question.Question, error) {
	q := question.Question{Now: time.Now()}
	if in.now != "" {
		at, err := time.Parse(time.RFC3339, in.now)
		if err != nil {
			return q, fmt.Errorf("--now %q is not a time such as 2026-11-22T06:40:00Z", in.now)
		}
		q.Now = at
	}
	for _, a := range in.assume {
		if a != "jwt-valid" {
			return q, fmt.Errorf("--assume %q is not known; it can be jwt-valid", a)
		}
		q.AssumeJWTValid = true
	}
	if in.jwks != "" {
		keys, err := keysFrom(in.jwks)
		if err != nil {
			return q, err
		}
		q.Keys = keys
	}
	ns, err := in.namespace()
	q.Namespace = ns
	return q, err
}

func keysFrom(name string) (*jwtauthn.Keys, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--jwks: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	const most = 1 << 20
	data, err := io.ReadAll(io.LimitReader(f, most+1)) // a device or a pipe does not say how much it holds
	if err != nil {
		return nil, fmt.Errorf("--jwks: %w", err)
	}
	if len(data) > most {
		return nil, fmt.Errorf("--jwks %s: larger than %d KiB", name, most>>10)
	}
	keys, ok := jwtauthn.ParseKeys(string(data))
	if !ok {
		return nil, fmt.Errorf(`--jwks %s: not a key set that a proxy can use; it looks like {"keys": [...]}`, name)
	}
	return keys, nil
}

// namespace is that of names that name none: -n, else the kubeconfig's, else default. Files have none of their own.
func (in *input) namespace() (string, error) {
	if in.kube.Namespace != nil && *in.kube.Namespace != "" {
		return *in.kube.Namespace, nil
	}
	if in.offline() {
		return "default", nil
	}
	if err := in.checkKubeconfig(); err != nil {
		return "", err
	}
	ns, _, err := in.kube.ToRawKubeConfigLoader().Namespace()
	return ns, err
}

// fromFiles reads the mesh from files, or takes the sample.
func (in *input) fromFiles() (*mesh.Snapshot, error) {
	if in.demo && len(in.files) > 0 {
		return nil, errors.New("--demo and -f cannot be used together")
	}
	ns, err := in.namespace()
	if err != nil {
		return nil, err
	}
	if in.demo {
		return manifest.Source{Stdin: strings.NewReader(sampleMesh), Namespace: ns, Whole: in.whole}.Snapshot("-")
	}
	return in.source(ns).Snapshot(in.files...)
}

// source reads files; ns is the namespace of objects that name none.
func (in *input) source(ns string) manifest.Source {
	return manifest.Source{Stdin: in.streams.In, Namespace: ns, MaxInput: int64(in.maxInput), Whole: in.whole}
}

// version makes the snapshot follow the release that was asked for.
func (in *input) version(s *mesh.Snapshot) error {
	if in.istio == "" {
		return nil
	}
	r, err := release.Parse(in.istio)
	if err != nil {
		return fmt.Errorf("--istio-version: %w", err)
	}
	s.ForceVersion(r)
	return nil
}
