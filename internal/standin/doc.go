// Package standin completes what files say of a mesh by what a cluster would make of them: workloads without pods get one, injected as the
// namespace and the template ask for, Gateways of the Gateway API get the pod and the Service that istiod deploys, Services get an address, and
// objects of kind Endpoints become EndpointSlices.
package standin
