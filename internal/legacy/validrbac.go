package legacy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

func (r *rbacConfig) valid() error {
	switch {
	case r.Name != "default":
		return fmt.Errorf(`metadata.name: the only %s that counted is named "default"`, r.Kind)
	case r.Mode == "ON_WITH_INCLUSION" && r.Inclusion == nil:
		return errors.New("spec.inclusion: is missing; write inclusion: {} for none")
	case r.Mode == "ON_WITH_EXCLUSION" && r.Exclusion == nil:
		return errors.New("spec.exclusion: is missing; write exclusion: {} for none")
	}
	return nil
}

func (r *serviceRole) valid() error {
	if len(r.Rules) == 0 {
		return errors.New("spec.rules: is empty; a ServiceRole needs a rule")
	}
	return validRules("spec.rules", r.Rules)
}

func validRules(path string, rules []accessRule) error {
	var errs []error
	for i, rule := range rules {
		errs = append(errs, rule.valid(fmt.Sprintf("%s[%d]", path, i)))
	}
	return errors.Join(errs...)
}

func (r accessRule) valid(path string) error {
	switch {
	case len(r.Methods) > 0 && len(r.NotMethods) > 0:
		return fmt.Errorf("%s: has both methods and notMethods; keep one", path)
	case len(r.Ports) > 0 && len(r.NotPorts) > 0:
		return fmt.Errorf("%s: has both ports and notPorts; keep one", path)
	}
	seen := map[string]bool{}
	errs := []error{
		noBlanks(path, []string{"services", "hosts", "notHosts", "paths", "notPaths", "methods", "notMethods"},
			r.Services, r.Hosts, r.NotHosts, r.Paths, r.NotPaths, r.Methods, r.NotMethods),
	}
	for i, c := range r.Constraints {
		at := fmt.Sprintf("%s.constraints[%d]", path, i)
		switch {
		case seen[c.Key]:
			return fmt.Errorf("%s.key: %s is there twice; put all its values into one constraint", at, c.Key)
		case c.Key == "destination.port" && len(r.Ports)+len(r.NotPorts) > 0:
			return fmt.Errorf("%s.key: destination.port beside ports; keep one", at)
		}
		seen[c.Key] = true
		errs = append(errs, c.valid(at))
	}
	return errors.Join(errs...)
}

func (b *serviceRoleBinding) valid() error {
	if len(b.Subjects) == 0 {
		return errors.New("spec.subjects: is empty; a ServiceRoleBinding needs a subject")
	}
	forms := 0
	for _, has := range []bool{b.RoleRef != nil, len(b.Actions) > 0, b.Role != ""} {
		if has {
			forms++
		}
	}
	switch {
	case forms != 1:
		return errors.New("spec.roleRef: want it, and neither role nor actions beside it")
	case b.RoleRef != nil && b.RoleRef.Kind != "ServiceRole":
		return fmt.Errorf("spec.roleRef.kind: want ServiceRole, got %q", b.RoleRef.Kind)
	case b.RoleRef != nil && b.RoleRef.Name == "":
		return errors.New("spec.roleRef.name: is missing")
	}
	errs := []error{validRules("spec.actions", b.Actions)}
	for i, s := range b.Subjects {
		errs = append(errs, s.valid(fmt.Sprintf("spec.subjects[%d]", i)))
	}
	return errors.Join(errs...)
}

func (s subject) valid(path string) error {
	fields := len(s.Names) + len(s.NotNames) + len(s.Groups) + len(s.NotGroups) + len(s.Namespaces) + len(s.NotNamespaces) +
		len(s.IPs) + len(s.NotIPs) + len(s.Properties)
	switch {
	case s.User == "" && s.Group == "" && fields == 0:
		return fmt.Errorf("%s: is empty; write user: \"*\" for everybody", path)
	case slices.Contains(s.Names, "*"), slices.Contains(s.NotNames, "*"):
		return fmt.Errorf("%s: names and notNames take no *; write allUsers or allAuthenticatedUsers", path)
	}
	twice := map[string]bool{
		"source.principal": len(s.Names) > 0, "request.auth.claims[groups]": len(s.Groups) > 0,
		"source.namespace": len(s.Namespaces) > 0, "source.ip": len(s.IPs) > 0,
	}
	errs := []error{
		noBlanks(path, []string{"names", "notNames", "groups", "notGroups", "namespaces", "notNamespaces"},
			s.Names, s.NotNames, s.Groups, s.NotGroups, s.Namespaces, s.NotNamespaces),
	}
	for i, ip := range s.IPs {
		errs = append(errs, validIP(index(path+".ips", i), ip))
	}
	for i, ip := range s.NotIPs {
		errs = append(errs, validIP(index(path+".notIps", i), ip))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		at, value := path+".properties["+key+"]", s.Properties[key]
		errs = append(errs, validKey(at, key))
		switch {
		case twice[key]:
			errs = append(errs, fmt.Errorf("%s: beside the field of the same meaning; keep one", at))
		case value == "":
			errs = append(errs, fmt.Errorf("%s: is empty", at))
		case key == "source.ip":
			errs = append(errs, validIP(at, value))
		}
	}
	return errors.Join(errs...)
}
