package application

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// machineListening: a machine has no containers that could declare ports. The ports that its WorkloadEntry lists, and the Services that send to
// it, are taken at their word (WorkloadEntry.ports); of any other port nothing says whether somebody listens there.
func (a *app) machineListening(f flow.Flow, s *mesh.Snapshot, targets []mesh.Target) {
	a.is.listens = true
	port := strconv.Itoa(f.Wire.Port)
	at := machinePorts(f, s)
	if len(targets) > 0 && at.IsZero() {
		at = targets[0].Ref
	}
	if !at.IsZero() {
		a.presumed = append(a.presumed, supposition{listens, [2]flow.Presumption{1: {Code: flow.PresumesMachineListens, Resource: at, Args: []string{port, at.Object().String()}}}})
		return
	}
	a.ref = a.ref.At("spec.ports")
	a.unknown = append(a.unknown, supposition{listens, [2]flow.Presumption{1: {Code: flow.IfMachineListens, Resource: a.ref, Args: []string{port, a.ref.Object().String()}}}})
}

// machinePorts is the line of a machine's WorkloadEntry that names the port to which the request goes.
func machinePorts(f flow.Flow, s *mesh.Snapshot) mesh.Ref {
	w, ok, _ := s.WorkloadEntries.Get(f.Pod.Namespace, f.Pod.Name)
	if !ok || f.Pod.Kind != string(mesh.WorkloadEntry) {
		return mesh.Ref{}
	}
	for _, n := range w.Spec.Ports {
		if int(n) == f.Wire.Port {
			return mesh.PodRef(f.Pod).At("spec.ports")
		}
	}
	return mesh.Ref{}
}
