package test

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig writes one for a user, and returns its name.
func (s *Server) Kubeconfig(user string) (string, error) {
	c := api.NewConfig()
	c.Clusters["test"] = &api.Cluster{Server: s.Host, InsecureSkipTLSVerify: true}
	c.AuthInfos[user] = &api.AuthInfo{Token: user}
	c.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: user}
	c.CurrentContext = "test"
	name := s.file(user + ".kubeconfig")
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	return name, clientcmd.WriteToFile(*c, name)
}
