package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// SecretThere is what the API server says of a Secret.
type SecretThere struct {
	Secret mesh.Ref
	Found  bool
	Err    error // why it is not known
}

// acceptMetadata asks for an object without its content. There is nothing behind it: an API server that cannot leave the content out answers 406.
const acceptMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// CheckSecrets asks the API server whether Secrets exist, for their metadata alone (PartialObjectMetadata). It is asked only when somebody wants it, each
// Secret by its name, through a connection that lets nothing else pass. The permission is get on secrets, which can be granted for names.
func CheckSecrets(ctx context.Context, config *rest.Config, o Options, secrets []mesh.Ref) ([]SecretThere, error) {
	t := &transport{allowed: func(method, path string) bool {
		parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
		return method == http.MethodGet && len(parts) == 6 && parts[0] == "api" && parts[2] == "namespaces" && parts[4] == "secrets"
	}}
	client, host, err := dial(config, o.Version, t)
	if err != nil {
		return nil, err
	}
	api, _ := mesh.APIOf(mesh.Secret)
	var out []SecretThere
	for _, ref := range secrets {
		result := client.Get().AbsPath(pathOf(api, ref.Namespace, ref.Name)).SetHeader("Accept", acceptMetadata).Do(ctx)
		data, err := result.Raw()
		if err != nil && !t.answered.Load() {
			return nil, connectionError(host, err)
		}
		there := SecretThere{Secret: ref}
		switch err = result.Error(); {
		case namedMissing(err, ref.Name):
		case err != nil:
			there.Err = err // a 404 that does not name the Secret too: the API server does not know the path
		default:
			there.Found, there.Err = isMetadata(data, ref)
		}
		out = append(out, there)
	}
	return out, nil
}

// isMetadata reports whether an answer is the metadata of an object, and nothing but it.
func isMetadata(data []byte, ref mesh.Ref) (bool, error) {
	var o metav1.PartialObjectMetadata
	if err := json.Unmarshal(data, &o); err != nil {
		return false, fmt.Errorf("not the metadata of a Secret: %w", err)
	}
	if o.Kind != "PartialObjectMetadata" || o.Name != ref.Name || o.Namespace != ref.Namespace {
		return false, fmt.Errorf("want PartialObjectMetadata of %s, got %s of %s/%s", ref.ID(), o.Kind, o.Namespace, o.Name)
	}
	return true, nil
}
