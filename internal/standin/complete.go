package standin

import (
	"encoding/binary"
	"hash/fnv"
	"net/netip"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// New returns an empty object of a kind that this package makes others of, to decode into; ok is false for other kinds.
func New(group, kind string) (o metav1.Object, ok bool) {
	switch group + "/" + kind {
	case "apps/Deployment":
		return &appsv1.Deployment{}, true
	case "apps/StatefulSet":
		return &appsv1.StatefulSet{}, true
	case "apps/DaemonSet":
		return &appsv1.DaemonSet{}, true
	case "apps/ReplicaSet":
		return &appsv1.ReplicaSet{}, true
	case "batch/Job":
		return &batchv1.Job{}, true
	case "batch/CronJob":
		return &batchv1.CronJob{}, true
	case "argoproj.io/Rollout":
		return &rollout{}, true
	case "/ReplicationController":
		return &corev1.ReplicationController{}, true
	case "/Endpoints":
		return &corev1.Endpoints{}, true //nolint:staticcheck // people's files have them
	}
	return nil, false
}

// Complete returns what a cluster would make of objects. Of several of one kind, namespace and name the last one counts. Those that it
// has made others of are left out, but for the Deployments of waypoints, which tell how many pods those want.
func Complete(objects []metav1.Object) []metav1.Object {
	in := sort(Configured(objects))
	out := in.others
	for _, g := range in.gateways {
		out = append(out, in.gateway(g)...)
	}
	for _, w := range in.workloads {
		if pod := in.pod(w); pod != nil {
			out = append(out, pod)
		}
	}
	for _, e := range in.endpoints {
		if !in.sliced[name{e.Namespace, e.Name}] {
			out = append(out, slicesOf(e)...)
		}
	}
	return Address(out)
}

// name is a namespace and a name within it.
type name struct{ namespace, name string }

// input is what the objects are, by what becomes of them.
type input struct {
	others     []metav1.Object
	workloads  []*workload
	endpoints  []*corev1.Endpoints //nolint:staticcheck // people's files have them
	namespaces map[string]*corev1.Namespace
	pods       map[string][]*corev1.Pod // by namespace
	taken      map[name]bool            // names of pods
	services   map[name]bool
	sliced     map[name]bool // Services that an EndpointSlice belongs to
	gateways   []*gatewayv1.Gateway
	classes    map[string]*gatewayv1.GatewayClass
	running    bool // some pod was in the input
}

func (in *input) addPod(p *corev1.Pod) {
	in.pods[p.Namespace] = append(in.pods[p.Namespace], p)
	in.taken[name{p.Namespace, p.Name}] = true
}

// Address gives an address to every Service and stand-in among objects that has none, and returns them. The address depends on nothing but
// the name, unless two names come to the same.
func Address(objects []metav1.Object) []metav1.Object {
	used := map[netip.Addr]bool{}
	for _, o := range objects {
		switch o := o.(type) {
		case *corev1.Service:
			if ip, err := netip.ParseAddr(o.Spec.ClusterIP); err == nil {
				used[ip] = true
			}
		case *corev1.Pod:
			for _, ip := range mesh.Addresses(o) {
				used[ip] = true
			}
		}
	}
	for _, o := range objects {
		switch o := o.(type) {
		case *corev1.Service:
			if o.Spec.ClusterIP == "" && o.Spec.Type != corev1.ServiceTypeExternalName {
				o.Spec.ClusterIP = invent(used, "Service", o)
			}
		case *corev1.Pod:
			if _, ok := mesh.StandsFor(o); ok && o.Status.PodIP == "" {
				o.Status.PodIP = invent(used, "Pod", o)
			}
		}
	}
	return objects
}

// invent returns an address of [mesh.Invented] that is not in use.
func invent(used map[netip.Addr]bool, kind string, o metav1.Object) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(kind + "/" + o.GetNamespace() + "/" + o.GetName())) // a hash takes everything
	const hosts = 1<<24 - 2
	for n := h.Sum32()%hosts + 1; ; n = n%hosts + 1 {
		base := mesh.Invented.Addr().As4()
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(base[:])+n)
		if ip := netip.AddrFrom4(b); !used[ip] {
			used[ip] = true
			return ip.String()
		}
	}
}
