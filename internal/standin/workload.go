package standin

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// workload is an object that makes pods.
type workload struct {
	kind     string
	meta     metav1.ObjectMeta
	template corev1.PodTemplateSpec
	selector labels.Selector // of its pods; none of a CronJob's
	none     bool            // it has no pods: it was scaled down, or its status says so
	ready    bool            // its pods are, or its status says nothing of that
	like     key             // another workload whose pods they look like
}

type key struct {
	kind string
	name
}

// sort tells the objects apart by what becomes of them.
func sort(objects []metav1.Object) *input {
	in := &input{namespaces: map[string]*corev1.Namespace{}, pods: map[string][]*corev1.Pod{}, taken: map[name]bool{}, services: map[name]bool{}, sliced: map[name]bool{},
		classes: map[string]*gatewayv1.GatewayClass{}}
	last := map[key]int{}
	endpoints := map[name]int{}
	gateways := map[name]*gatewayv1.Gateway{}
	for _, o := range objects {
		at := name{o.GetNamespace(), o.GetName()}
		if w := workloadOf(o); w != nil {
			if d, is := o.(*appsv1.Deployment); is && mesh.OfWaypoint(d) {
				in.others = append(in.others, mesh.Scaled(d))
			}
			k := key{w.kind, at}
			if i, again := last[k]; again {
				in.workloads[i] = w
				continue
			}
			last[k] = len(in.workloads)
			in.workloads = append(in.workloads, w)
			continue
		}
		switch o := o.(type) {
		case *corev1.Endpoints: //nolint:staticcheck // people's files have them
			if i, again := endpoints[at]; again {
				in.endpoints[i] = o
				continue
			}
			endpoints[at] = len(in.endpoints)
			in.endpoints = append(in.endpoints, o)
			continue
		case *corev1.Service:
			in.services[at] = true
		case *corev1.Namespace:
			in.namespaces[o.Name] = o
		case *corev1.Pod:
			in.addPod(o)
			in.running = true
		case *gatewayv1.Gateway:
			gateways[at] = o
		case *gatewayv1.GatewayClass:
			in.classes[o.Name] = o
		case *discoveryv1.EndpointSlice:
			in.sliced[name{o.Namespace, o.Labels[discoveryv1.LabelServiceName]}] = true
		}
		in.others = append(in.others, o)
	}
	in.refer()
	for _, o := range in.others {
		if g, ok := o.(*gatewayv1.Gateway); ok && gateways[name{g.Namespace, g.Name}] == g {
			in.gateways = append(in.gateways, g)
		}
	}
	return in
}

// workloadOf reads an object that makes pods; it is nil for others.
func workloadOf(o metav1.Object) *workload {
	switch o := o.(type) {
	case *appsv1.Deployment:
		w := of("Deployment", o.ObjectMeta, o.Spec.Template, o.Spec.Selector, o.Spec.Replicas)
		w.told(o.Status.ObservedGeneration, o.Status.Replicas, o.Status.ReadyReplicas)
		return w
	case *appsv1.StatefulSet:
		w := of("StatefulSet", o.ObjectMeta, o.Spec.Template, o.Spec.Selector, o.Spec.Replicas)
		w.told(o.Status.ObservedGeneration, o.Status.Replicas, o.Status.ReadyReplicas)
		return w
	case *appsv1.ReplicaSet:
		w := of("ReplicaSet", o.ObjectMeta, o.Spec.Template, o.Spec.Selector, o.Spec.Replicas)
		w.told(o.Status.ObservedGeneration, o.Status.Replicas, o.Status.ReadyReplicas)
		return w
	case *appsv1.DaemonSet:
		w := of("DaemonSet", o.ObjectMeta, o.Spec.Template, o.Spec.Selector, nil)
		w.told(o.Status.ObservedGeneration, o.Status.CurrentNumberScheduled, o.Status.NumberReady)
		return w
	case *corev1.ReplicationController:
		if o.Spec.Template == nil {
			return nil
		}
		w := of("ReplicationController", o.ObjectMeta, *o.Spec.Template, &metav1.LabelSelector{MatchLabels: o.Spec.Selector}, o.Spec.Replicas)
		w.told(o.Status.ObservedGeneration, o.Status.Replicas, o.Status.ReadyReplicas)
		return w
	case *batchv1.Job:
		w := of("Job", o.ObjectMeta, o.Spec.Template, o.Spec.Selector, o.Spec.Parallelism)
		w.none = w.none || o.Status.CompletionTime != nil
		return w
	case *rollout:
		return o.workload()
	case *batchv1.CronJob:
		return of("CronJob", o.ObjectMeta, o.Spec.JobTemplate.Spec.Template, nil, nil)
	}
	return nil
}

func of(kind string, meta metav1.ObjectMeta, template corev1.PodTemplateSpec, selector *metav1.LabelSelector, replicas *int32) *workload {
	w := &workload{kind: kind, meta: meta, template: template, ready: true, none: replicas != nil && *replicas == 0}
	if selector == nil {
		selector = &metav1.LabelSelector{MatchLabels: template.Labels}
	}
	w.selector, _ = metav1.LabelSelectorAsSelector(selector)
	if w.selector == nil || w.selector.Empty() {
		w.selector = labels.Nothing()
	}
	return w
}

// told takes a controller at its word, where it has looked at the object already.
func (w *workload) told(observed int64, replicas, ready int32) {
	if observed > 0 {
		w.none = w.none || replicas == 0
		w.ready = ready > 0
	}
}

// pod returns the pod that stands for those of a workload; none where the input has some of them, or it has none.
func (in *input) pod(w *workload) *corev1.Pod {
	if w.none || len(w.template.Spec.Containers) == 0 || in.owned(w) || slices.ContainsFunc(in.pods[w.meta.Namespace], w.has) {
		return nil
	}
	p := &corev1.Pod{ObjectMeta: *w.template.ObjectMeta.DeepCopy(), Spec: *w.template.Spec.DeepCopy()}
	p.Namespace, p.Name = w.meta.Namespace, w.meta.Name
	if w.kind == "StatefulSet" {
		p.Name += "-0"
	}
	if in.taken[name{p.Namespace, p.Name}] {
		p.Name += "-" + strings.ToLower(w.kind)
	}
	controller := true
	p.OwnerReferences = []metav1.OwnerReference{{Kind: w.kind, Name: w.meta.Name, Controller: &controller}}
	p.CreationTimestamp = w.meta.CreationTimestamp
	if p.Annotations == nil {
		p.Annotations = map[string]string{}
	}
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Annotations[mesh.StandInAnnotation] = w.kind + "/" + w.meta.Name
	ready := corev1.ConditionFalse
	if w.ready {
		ready = corev1.ConditionTrue
	}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}}
	inject(p, in.namespaces[p.Namespace])
	in.addPod(p)
	return p
}

// owned reports whether another workload of the input makes this one.
func (in *input) owned(w *workload) bool {
	return slices.ContainsFunc(w.meta.OwnerReferences, func(o metav1.OwnerReference) bool {
		return slices.ContainsFunc(in.workloads, func(x *workload) bool {
			return x.kind == o.Kind && x.meta.Name == o.Name && x.meta.Namespace == w.meta.Namespace
		})
	})
}

// has reports whether a pod is one of the workload's: its owner says so, or, as files by hand name none, the selector.
func (w *workload) has(p *corev1.Pod) bool {
	if slices.ContainsFunc(p.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == w.kind && o.Name == w.meta.Name }) {
		return true
	}
	return w.selector.Matches(labels.Set(p.Labels))
}
