package legacy

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"
)

// The checks here are those of the admission webhook of 1.4 (pkg/config/validation/validation.go): what it refused never had a meaning
// that could be translated.

func (p *policy) valid() error {
	switch {
	case p.Kind == "MeshPolicy" && p.Name != "default":
		return errors.New(`metadata.name: the only MeshPolicy that counted is named "default"`)
	case p.Kind == "MeshPolicy" && len(p.Targets) > 0:
		return errors.New("spec.targets: a MeshPolicy has none; use a Policy in the Service's namespace")
	case p.Kind == "Policy" && len(p.Targets) == 0 && p.Name != "default":
		return errors.New(`metadata.name: a Policy without spec.targets must be named "default"`)
	case len(p.Targets) > 0 && p.Name == "default":
		return errors.New(`metadata.name: a Policy with spec.targets must not be named "default"`)
	}
	var errs []error
	for i, t := range p.Targets {
		errs = append(errs, t.valid(fmt.Sprintf("spec.targets[%d]", i)))
	}
	issuers := map[string]bool{}
	for i, m := range p.Peers {
		path := fmt.Sprintf("spec.peers[%d]", i)
		if (m.MTLS == nil) == (m.JWT == nil) {
			errs = append(errs, fmt.Errorf("%s: want either mtls or jwt", path))
		}
		errs = append(errs, m.JWT.valid(path+".jwt", issuers))
	}
	for i, m := range p.Origins {
		path := fmt.Sprintf("spec.origins[%d].jwt", i)
		if m.JWT == nil {
			errs = append(errs, fmt.Errorf("%s: is missing", path))
		}
		errs = append(errs, m.JWT.valid(path, issuers))
	}
	return errors.Join(errs...)
}

func (t targetSelector) valid(path string) error {
	if len(validation.IsDNS1123Label(t.Name)) > 0 {
		return fmt.Errorf("%s.name: want the short name of a Service, got %q", path, t.Name)
	}
	if len(t.Labels) > 0 {
		return fmt.Errorf("%s.labels: never had an effect; take it out", path)
	}
	for i, p := range t.Ports {
		if (p.Number == 0) == (p.Name == "") {
			return fmt.Errorf("%s.ports[%d]: want either number or name", path, i)
		}
	}
	return nil
}

func (j *jwt) valid(path string, issuers map[string]bool) error {
	if j == nil {
		return nil
	}
	if j.Issuer == "" {
		return fmt.Errorf("%s.issuer: is missing", path)
	}
	if issuers[j.Issuer] {
		return fmt.Errorf("%s.issuer: %q is there twice", path, j.Issuer)
	}
	issuers[j.Issuer] = true
	if j.JwksURI != "" {
		if u, err := url.Parse(j.JwksURI); err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%s.jwksUri: want http:// or https://, got %q", path, j.JwksURI)
		}
	}
	for i, list := range [][]string{j.Audiences, j.JwtHeaders, j.JwtParams} {
		if at := slices.Index(list, ""); at >= 0 {
			return fmt.Errorf("%s.%s[%d]: is empty", path, [...]string{"audiences", "jwtHeaders", "jwtParams"}[i], at)
		}
	}
	for i, r := range j.TriggerRules {
		at := fmt.Sprintf("%s.triggerRules[%d]", path, i)
		if err := errors.Join(validPaths(at+".excludedPaths", r.ExcludedPaths), validPaths(at+".includedPaths", r.IncludedPaths)); err != nil {
			return err
		}
	}
	return nil
}

func validPaths(path string, list []stringMatch) error {
	for i, m := range list {
		set := 0
		for _, v := range []*string{m.Exact, m.Prefix, m.Suffix, m.Regex} {
			if v != nil {
				set++
			}
		}
		if set != 1 {
			return fmt.Errorf("%s[%d]: want one of exact, prefix, suffix, regex", path, i)
		}
	}
	return nil
}
