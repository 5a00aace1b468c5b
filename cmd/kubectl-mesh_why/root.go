package main

import (
	"encoding/json"
	"os"
	"time"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/mesh-why/mesh-why/internal/expect"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func newRoot(io streams) *cobra.Command {
	root := &cobra.Command{Use: "kubectl-mesh_why", SilenceUsage: true, SilenceErrors: true}
	var files []string
	var out, ver string
	t := &cobra.Command{Use: "test FILE", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		f, err := expect.Load(args[0], io.In)
		if err != nil { return err }
		s, err := manifest.Source{Stdin: io.In}.Snapshot(files...)
		if err != nil { return err }
		if ver != "" { r, _ := mesh.ParseRelease(ver); s.ForceVersion(r) }
		qs, err := f.Questions(expect.Defaults{Namespace: "default", Now: time.Now(), Env: os.LookupEnv})
		if err != nil { return err }
		list := explain.ExplanationList{APIVersion: explain.APIVersion, Kind: explain.KindExplanationList}
		for i, q := range qs {
			r, err := q.Bind(s)
			if err != nil { return fmt.Errorf("requests[%d]: %w", i, err) }
			list.Items = append(list.Items, explain.Explain(s, r, explain.Options{Tool: version, Via: q.Via}))
		}
		return json.NewEncoder(io.Out).Encode(list)
	}}
	t.Flags().StringArrayVarP(&files, "filename", "f", nil, "")
	t.Flags().StringVarP(&out, "output", "o", "", "")
	t.Flags().StringVar(&ver, "istio-version", "", "")
	root.AddCommand(t)
	return root
}
