package cluster

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// legacyGroups hold the kinds that Istio 1.6 removed. Their objects can outlive every upgrade, and are inert; so what cannot be read of
// them changes nothing and is not told of.
var legacyGroups = []string{"authentication.istio.io", "rbac.istio.io"}

// legacyPlurals are those kinds.
var legacyPlurals = []string{"meshpolicies", "policies", "serviceroles", "servicerolebindings", "clusterrbacconfigs", "rbacconfigs"}

// legacy reads the objects of a group of old, which hardly any cluster still has.
func (c *client) legacy(ctx context.Context, group string) (page, error) {
	versions, err := c.discover(ctx, group)
	if err != nil || len(versions) == 0 {
		return page{}, err
	}
	var p page
	for _, plural := range versions[0].plurals {
		if !slices.Contains(legacyPlurals, plural) {
			continue
		}
		path := pathOf(mesh.API{Group: group, Version: versions[0].name, Plural: plural}, "", "")
		b, err := c.request(ctx, path, acceptJSON, map[string]string{"limit": strconv.Itoa(pageSize)})
		if err != nil {
			continue
		}
		var list struct {
			Items []map[string]any `json:"items"`
		}
		if json.Unmarshal(b.data, &list) != nil {
			continue
		}
		for _, item := range list.Items {
			p.objects = append(p.objects, &unstructured.Unstructured{Object: item})
		}
	}
	return p, nil
}

// oldest puts objects of old into an order of their own, as their lists arrive in any.
func oldest(objects []metav1.Object) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, o := range objects {
		if u, ok := o.(*unstructured.Unstructured); ok {
			out = append(out, u)
		}
	}
	name := func(u *unstructured.Unstructured) string {
		return u.GetKind() + "/" + u.GetNamespace() + "/" + u.GetName()
	}
	slices.SortFunc(out, func(a, b *unstructured.Unstructured) int { return strings.Compare(name(a), name(b)) })
	return out
}
