package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// maxKubeconfig bounds a file that client-go reads whole, whatever its size.
const maxKubeconfig = 16 << 20

// boundKubeconfig looks at the files that a kubeconfig is read from, those of the flag or else of the environment. What is read but once, a pipe, is left
// alone.
func (in *input) boundKubeconfig() error {
	var files []string
	if f := in.kube.KubeConfig; f != nil && *f != "" {
		files = []string{*f}
	} else {
		files = filepath.SplitList(os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	}
	for _, name := range files {
		if err := boundFile("the kubeconfig", name, maxKubeconfig); err != nil {
			return err
		}
	}
	return in.boundCredentials()
}

// maxCredential bounds a file with a certificate, a key or a token. The certificates of all public authorities have 250 KiB.
const maxCredential = 4 << 20

// boundCredentials looks at the files that the flags and the kubeconfig name for the context in use.
func (in *input) boundCredentials() error {
	given := func(flag *string, otherwise string) string {
		if flag != nil && *flag != "" {
			return *flag
		}
		return otherwise
	}
	config, err := in.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil //nolint:nilerr // client-go tells what is wrong with it, once the mesh is read from a cluster
	}
	var context clientcmdapi.Context
	if c := config.Contexts[given(in.kube.Context, config.CurrentContext)]; c != nil {
		context = *c
	}
	var cluster clientcmdapi.Cluster
	if c := config.Clusters[given(in.kube.ClusterName, context.Cluster)]; c != nil {
		cluster = *c
	}
	var user clientcmdapi.AuthInfo
	if u := config.AuthInfos[given(in.kube.AuthInfoName, context.AuthInfo)]; u != nil {
		user = *u
	}
	for _, file := range []struct{ what, name string }{
		{"the certificate authority", given(in.kube.CAFile, cluster.CertificateAuthority)}, {"the client certificate", given(in.kube.CertFile, user.ClientCertificate)},
		{"the client key", given(in.kube.KeyFile, user.ClientKey)}, {"the token file", user.TokenFile},
	} {
		if err := boundFile(file.what, file.name, maxCredential); err != nil {
			return err
		}
	}
	return nil
}

// boundFile refuses a file that is larger than something may be.
func boundFile(what, name string, most int64) error {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() && info.Mode()&os.ModeCharDevice == 0 || name == "/dev/stdin" || name == "/dev/tty" {
		return nil // client-go tells what is wrong with a file that is not there
	}
	f, err := os.Open(name)
	if err != nil {
		return nil // ditto
	}
	defer f.Close() //nolint:errcheck // only read from
	n, err := io.Copy(io.Discard, io.LimitReader(f, most+1))
	if err == nil && n > most {
		return fmt.Errorf("%s %s is larger than %d MiB", what, name, most>>20)
	}
	return nil
}
