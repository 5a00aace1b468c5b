package legacy

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/internal/joined"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// old is what the old objects say together, each list in the order in which istiod took them: oldest first.
type old struct {
	mesh       *policy
	namespaces map[string]*policy   // those without targets
	targeted   map[string][]*policy // those with targets, by namespace
	config     *rbacConfig          // the one that counts
	roles      []*serviceRole
	bindings   []*serviceRoleBinding
	ignored    []mesh.Ref // that istiod 1.4 did not read
}

type policy struct {
	object
	policySpec
}

type rbacConfig struct {
	object
	rbacConfigSpec
}

type serviceRole struct {
	object
	serviceRoleSpec
}

type serviceRoleBinding struct {
	object
	serviceRoleBindingSpec
}

// object is where an old object stands.
type object struct {
	mesh.Ref
	created time.Time
}

// older orders objects as istiod 1.4 did: by age, and those of one second by name and namespace in one text
// (pilot/pkg/model/config.go, sortConfigByCreationTime).
func older(a, b object) int {
	return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.Name+"."+a.Namespace, b.Name+"."+b.Namespace))
}

// The kinds that are translated, and whether they have a namespace.
var kinds = map[string]map[string]bool{
	"authentication.istio.io": {"MeshPolicy": false, "Policy": true},
	"rbac.istio.io": {
		"ClusterRbacConfig": false, "RbacConfig": false, "ServiceRole": true, "ServiceRoleBinding": true,
		"AuthorizationPolicy": true, // an experiment of 1.2 and 1.3
	},
}

// read decodes the objects and refuses those that istiod refused. Of several objects of one name the last one counts.
func read(objects []*unstructured.Unstructured, c Context) (*old, error) {
	o := &old{namespaces: map[string]*policy{}, targeted: map[string][]*policy{}}
	last := map[mesh.Ref]int{}
	var errs []error
	for i, u := range objects {
		if u == nil {
			continue
		}
		ref, err := identify(u, c)
		if err != nil {
			if len(c.From) == 0 {
				err = fmt.Errorf("object %d: %w", i+1, err)
			}
			errs = append(errs, c.at(i, err))
			continue
		}
		last[ref] = i
	}
	for _, ref := range slices.SortedFunc(maps.Keys(last), func(a, b mesh.Ref) int { return cmp.Compare(a.String(), b.String()) }) {
		if err := o.add(ref, objects[last[ref]]); err != nil {
			for _, e := range joined.Errors(err) {
				errs = append(errs, c.at(last[ref], fmt.Errorf("%s: %w", ref, e)))
			}
		}
	}
	for _, list := range o.targeted {
		slices.SortFunc(list, func(a, b *policy) int { return older(a.object, b.object) })
	}
	slices.SortFunc(o.roles, func(a, b *serviceRole) int { return older(a.object, b.object) })
	slices.SortFunc(o.bindings, func(a, b *serviceRoleBinding) int { return older(a.object, b.object) })
	return o, errors.Join(errs...)
}

// identify tells which object it is; one without a namespace gets the one of the context.
func identify(u *unstructured.Unstructured, c Context) (mesh.Ref, error) {
	group, version, _ := strings.Cut(u.GetAPIVersion(), "/")
	known, ok := kinds[group]
	if !ok {
		return mesh.Ref{}, fmt.Errorf("%s %s is not of authentication.istio.io or rbac.istio.io; there is nothing to translate",
			u.GetAPIVersion(), u.GetKind())
	}
	namespaced, ok := known[u.GetKind()]
	if !ok {
		return mesh.Ref{}, fmt.Errorf("%s has no kind %q%s", group, u.GetKind(), suggest.Hint(u.GetKind(), slices.Sorted(maps.Keys(known))))
	}
	ref := mesh.Ref{Kind: mesh.Kind(u.GetKind()), Name: u.GetName()}
	if namespaced {
		ref.Namespace = cmp.Or(u.GetNamespace(), c.Namespace)
	}
	switch {
	case ref.Name == "":
		return ref, fmt.Errorf("%s has no metadata.name", ref.Kind)
	case version != "v1alpha1":
		return ref, fmt.Errorf("%s: apiVersion %s is not known; write %s/v1alpha1", ref, u.GetAPIVersion(), group)
	}
	return ref, nil
}

func (o *old) add(ref mesh.Ref, u *unstructured.Unstructured) error {
	for _, key := range slices.Sorted(maps.Keys(u.Object)) {
		if top := []string{"apiVersion", "kind", "metadata", "spec", "status"}; !slices.Contains(top, key) {
			return fmt.Errorf("unknown field %s%s", key, suggest.Hint(key, top))
		}
	}
	at, spec := object{ref, u.GetCreationTimestamp().Time}, u.Object["spec"]
	switch ref.Kind {
	case "MeshPolicy", "Policy":
		p := &policy{object: at}
		if err := load(spec, &p.policySpec, p.valid); err != nil {
			return err
		}
		o.addPolicy(p)
	case "ClusterRbacConfig", "RbacConfig":
		r := &rbacConfig{object: at}
		if err := load(spec, &r.rbacConfigSpec, r.valid); err != nil {
			return err
		}
		// A RbacConfig counts only where there is no ClusterRbacConfig, which comes first here.
		if o.config != nil {
			o.ignored = append(o.ignored, ref)
			return nil
		}
		o.config = r
	case "ServiceRole":
		r := &serviceRole{object: at}
		o.roles = append(o.roles, r)
		return load(spec, &r.serviceRoleSpec, r.valid)
	case "ServiceRoleBinding":
		b := &serviceRoleBinding{object: at}
		o.bindings = append(o.bindings, b)
		return load(spec, &b.serviceRoleBindingSpec, b.valid)
	default:
		o.ignored = append(o.ignored, ref)
	}
	return nil
}

func load(spec, into any, valid func() error) error {
	if err := decode(spec, into); err != nil {
		return err
	}
	return valid()
}

func (o *old) addPolicy(p *policy) {
	switch {
	case p.Kind == "MeshPolicy":
		o.mesh = p
	case len(p.Targets) == 0:
		o.namespaces[p.Namespace] = p
	default:
		o.targeted[p.Namespace] = append(o.targeted[p.Namespace], p)
	}
}
