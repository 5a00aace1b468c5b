package test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Dump is all that is in the cluster of the kinds that are read, as YAML that the plugin takes with -f.
func (a *admin) Dump(ctx context.Context) ([]byte, error) {
	var out bytes.Buffer
	for _, api := range mesh.APIs() {
		data, err := a.rest.Get().AbsPath(listPath(api)).Do(ctx).Raw()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", api.Resource(), err)
		}
		var list unstructured.UnstructuredList
		if err := list.UnmarshalJSON(data); err != nil {
			return nil, fmt.Errorf("%s: %w", api.Resource(), err)
		}
		for _, o := range list.Items {
			o.SetAPIVersion(strings.TrimPrefix(api.Group+"/"+api.Version, "/"))
			o.SetKind(api.Name())
			data, err := o.MarshalJSON()
			if err != nil {
				return nil, err
			}
			out.WriteString("---\n")
			out.Write(data)
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}
