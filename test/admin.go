package test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// admin may do everything, and is who fills the cluster.
type admin struct {
	rest *rest.RESTClient
	have map[string]*unstructured.Unstructured // what was created by Become, by path
}

func newAdmin(c *rest.Config) (*admin, error) {
	c = rest.CopyConfig(c)
	c.APIPath, c.GroupVersion, c.NegotiatedSerializer = "/", &schema.GroupVersion{}, scheme.Codecs.WithoutConversion()
	r, err := rest.RESTClientFor(c)
	return &admin{rest: r, have: map[string]*unstructured.Unstructured{}}, err
}

// Create puts an object in place of one of its name, with its status.
func (a *admin) Create(ctx context.Context, o *unstructured.Unstructured) error {
	p, ok := path(o)
	if !ok {
		return nil
	}
	o = o.DeepCopy()
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	data, err := o.MarshalJSON()
	if err != nil {
		return err
	}
	if err := a.Delete(ctx, o); err != nil {
		return err
	}
	err = a.rest.Post().AbsPath(p).SetHeader("Content-Type", "application/json").Body(data).Do(ctx).Error()
	if apierrors.IsAlreadyExists(err) && o.GetKind() == "Namespace" {
		err = a.rest.Patch("application/merge-patch+json").AbsPath(p, o.GetName()).Body(data).Do(ctx).Error()
	}
	if err != nil {
		return fmt.Errorf("%s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	status, has := o.Object["status"]
	if !has || o.GetKind() == "CustomResourceDefinition" || o.GetKind() == "Namespace" {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return err
	}
	err = a.rest.Patch("application/merge-patch+json").AbsPath(p, o.GetName(), "status").Body(patch).Do(ctx).Error()
	if apierrors.IsNotFound(err) {
		return nil // a kind whose status is not apart
	}
	return err
}

// Become makes the cluster hold these objects and no others of those that it held before. A later object of a name replaces an earlier.
func (a *admin) Become(ctx context.Context, objects []*unstructured.Unstructured) error {
	want := map[string]*unstructured.Unstructured{}
	for _, o := range objects {
		if p, ok := path(o); ok {
			want[p+"/"+o.GetName()] = o
		}
	}
	for p, o := range a.have {
		if want[p] == nil {
			if err := a.Delete(ctx, o); err != nil {
				return err
			}
			delete(a.have, p)
		}
	}
	order := slices.Collect(maps.Values(want))
	slices.SortFunc(order, func(x, y *unstructured.Unstructured) int { return cmp.Compare(x.GetName(), y.GetName()) })
	oldestFirst(order)
	for _, o := range order {
		p, _ := path(o)
		p += "/" + o.GetName()
		if old := a.have[p]; old != nil && reflect.DeepEqual(old.Object, o.Object) {
			continue
		}
		if err := a.Create(ctx, o); err != nil {
			return err
		}
		a.have[p] = o
	}
	return nil
}

// Delete removes an object, if it is there. Namespaces stay: only a controller could empty them.
func (a *admin) Delete(ctx context.Context, o *unstructured.Unstructured) error {
	p, ok := path(o)
	if !ok || o.GetKind() == "Namespace" || o.GetKind() == "CustomResourceDefinition" {
		return nil
	}
	err := a.rest.Delete().AbsPath(p, o.GetName()).SetHeader("Content-Type", "application/json").Body([]byte(`{"gracePeriodSeconds":0}`)).Do(ctx).Error()
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
