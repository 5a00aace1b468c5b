package cluster

import (
	"context"
	"encoding/json"
	"net/http"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Access is what the API server says of the right to read what a gap lacks.
type Access struct {
	Gap     mesh.Gap
	Allowed bool
	Reason  string // the API server's, where it gives one
}

const reviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

// CheckAccess asks the API server whether this user may read what gaps lack. Such a question is a POST, though it changes nothing,
// so it is asked only when somebody wants it, through a connection that lets nothing else pass.
func CheckAccess(ctx context.Context, config *rest.Config, o Options, gaps []mesh.Gap) ([]Access, error) {
	t := &transport{allowed: func(method, path string) bool { return method == http.MethodPost && path == reviewPath }}
	client, host, err := dial(config, o.Version, t)
	if err != nil {
		return nil, err
	}
	var out []Access
	seen := map[authorizationv1.ResourceAttributes]bool{}
	for _, g := range gaps {
		what, ok := attributes(g)
		if !ok || seen[what] {
			continue
		}
		seen[what] = true
		body, err := json.Marshal(authorizationv1.SelfSubjectAccessReview{
			TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
			Spec:     authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &what}})
		if err != nil {
			return nil, err
		}
		result := client.Post().AbsPath(reviewPath).Body(body).Do(ctx)
		data, err := result.Raw()
		if err != nil {
			if !t.answered.Load() {
				return nil, connectionError(host, err)
			}
			return nil, result.Error()
		}
		var review authorizationv1.SelfSubjectAccessReview
		if err := json.Unmarshal(data, &review); err != nil {
			return nil, err
		}
		out = append(out, Access{Gap: g, Allowed: review.Status.Allowed, Reason: review.Status.Reason})
	}
	return out, nil
}

// attributes say which right would fill a gap; ok is false where no right would.
func attributes(g mesh.Gap) (a authorizationv1.ResourceAttributes, ok bool) {
	api, ok := mesh.APIOf(g.Kind)
	if !ok || g.Cause != mesh.Forbidden || g.Kind == mesh.Secret {
		return a, false
	}
	a = authorizationv1.ResourceAttributes{Namespace: g.Namespace, Verb: "list", Group: api.Group, Version: api.Version, Resource: api.Plural}
	if g.Kind == mesh.ConfigMap {
		a.Verb, a.Name = "get", g.Resource.Name
	}
	return a, true
}
