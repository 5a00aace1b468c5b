package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Under joins a field and a part of it.
func Under(field, part string) string {
	if field == "" || part == "" {
		return field + part
	}
	return field + "." + part
}

// Nth is the path of the entry i of a list.
func Nth(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// Part points at a part of the entry, which is named as in a VirtualService: redirect, route[0].destination, match[1].uri. For a rule of
// the Gateway API it is the field that the part was made of; where there is none it is the rule itself.
func (h HTTPRoute) Part(path string) mesh.Ref {
	if h.Parts == nil {
		return h.Ref.At(Under(h.Ref.Field, path))
	}
	for known := path; ; {
		if field, ok := h.Parts[known]; ok {
			return h.Ref.At(Under(h.Ref.Field, field) + path[len(known):])
		}
		i := strings.LastIndexByte(known, '.')
		if i < 0 {
			return h.Ref
		}
		known = known[:i]
	}
}

// Condition is the field of one of the conditions of the route's match, named as in a VirtualService.
func (r Route) Condition(name string) string {
	if name == "uri" && r.HTTP.Parts != nil {
		return r.HTTP.Part("match[0].uri").Field
	}
	return Under(r.Ref.Field, name)
}

// RouteLists points at what the VirtualService routes HTTP by: its http entries, or the rules of all routes of the Gateway API that it
// was made of.
func (v *VirtualService) RouteLists() []mesh.Ref {
	if !v.Made() {
		return []mesh.Ref{v.Ref.At("spec.http")}
	}
	var out []mesh.Ref
	for _, r := range v.Objects {
		out = append(out, r.At("spec.rules"))
	}
	return out
}

// Sources lists the objects that the VirtualService was made of: itself, or routes of the Gateway API.
func (v *VirtualService) Sources() []mesh.Ref {
	if !v.Made() {
		return []mesh.Ref{v.Ref}
	}
	return slices.Clone(v.Objects)
}

// Field points at a field of a VirtualService's spec. A route of the Gateway API has its parents in place of gateways, and no exportTo.
func (v *VirtualService) Field(name string) mesh.Ref {
	switch {
	case v.Ingress:
		return v.Ref.At("spec.rules")
	case !v.GatewayAPI:
		return v.Ref.At("spec." + name)
	}
	switch name {
	case "gateways":
		return v.Ref.At("spec.parentRefs")
	case "hosts":
		return v.Ref.At("spec.hostnames")
	}
	return v.Ref
}

// HostField is the field of a destination that names its host.
func HostField(at mesh.Ref) mesh.Ref {
	switch at.Kind {
	case mesh.HTTPRoute, mesh.GRPCRoute:
		return at.At(Under(at.Field, "name"))
	case mesh.TLSRoute, mesh.TCPRoute:
		return at // the rule: which of its backends it is was lost on the way
	case mesh.Ingress:
		return at.At(Under(at.Field, "name"))
	case mesh.ServiceEntry:
		return at.At("spec.hosts") // of a default route
	}
	return at.At(Under(at.Field, "host"))
}

// Part points at a part of the server, which is named as in a Gateway of Istio's own; for a listener of the Gateway API at the field that
// stands for it there.
func (s *GatewayServer) Part(name string) mesh.Ref {
	if s.Ref.Kind == mesh.Ingress {
		if s.Server.Tls == nil {
			return s.Ref // one for every host is made of all Ingresses
		}
		name = strings.Replace(name, "tls.credentialName", "secretName", 1)
	}
	if s.API {
		switch name {
		case "hosts":
			name = "hostname"
		case "tls.credentialName":
			name = "tls.certificateRefs"
		}
	}
	return s.Ref.At(Under(s.Ref.Field, name))
}
