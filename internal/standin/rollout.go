package standin

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// rollout is Argo's Rollout (argoproj.io): a Deployment with a strategy of its own, whose pods may be described by another object
// (spec.workloadRef).
type rollout struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Replicas    *int32                 `json:"replicas"`
		Selector    *metav1.LabelSelector  `json:"selector"`
		Template    corev1.PodTemplateSpec `json:"template"`
		WorkloadRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"workloadRef"`
	} `json:"spec"`
	Status struct {
		Observed      any   `json:"observedGeneration"` // a string; empty where the controller has not looked at the object
		Replicas      int32 `json:"replicas"`
		ReadyReplicas int32 `json:"readyReplicas"`
	} `json:"status"`
}

// workload reads the Rollout as what makes its pods.
func (r *rollout) workload() *workload {
	w := of("Rollout", r.ObjectMeta, r.Spec.Template, r.Spec.Selector, r.Spec.Replicas)
	w.like = key{r.Spec.WorkloadRef.Kind, name{r.Namespace, r.Spec.WorkloadRef.Name}}
	if seen, _ := r.Status.Observed.(string); seen != "" {
		w.told(1, r.Status.Replicas, r.Status.ReadyReplicas)
	}
	return w
}

// refer gives workloads that take their pods from another one its template. That one is scaled down as a rule, which says nothing of them.
func (in *input) refer() {
	for _, w := range in.workloads {
		for _, o := range in.workloads {
			if o.kind == w.like.kind && o.meta.Name == w.like.name.name && o.meta.Namespace == w.meta.Namespace {
				w.template, w.selector = o.template, o.selector
			}
		}
	}
}
