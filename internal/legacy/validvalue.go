package legacy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func (c constraint) valid(path string) error {
	switch {
	case c.Key == "":
		return fmt.Errorf("%s.key: is missing", path)
	case len(c.Values) == 0:
		return fmt.Errorf("%s.values: is empty; a constraint needs a value", path)
	}
	errs := []error{noBlanks(path, []string{"values"}, c.Values), validKey(path+".key", c.Key)}
	for i, v := range c.Values {
		at := index(path+".values", i)
		switch c.Key {
		case "destination.ip":
			errs = append(errs, validIP(at, v))
		case "destination.port":
			if n, err := strconv.ParseUint(v, 10, 16); err != nil || strconv.FormatUint(n, 10) != v {
				errs = append(errs, fmt.Errorf("%s: want a port (0 to 65535), got %q", at, v))
			}
		}
	}
	return errors.Join(errs...)
}

// validKey refuses a key that has to name something in brackets and does not. 1.4 passed over such a condition, which let more in.
func validKey(path, key string) error {
	for _, prefix := range []string{"request.headers", "request.auth.claims", "destination.labels"} {
		if strings.HasPrefix(key, prefix) && bracketed(key, prefix) == "" {
			return fmt.Errorf("%s: want %s[NAME], got %q", path, prefix, key)
		}
	}
	const metadata = "experimental.envoy.filters."
	if name, _, ok := strings.Cut(key, "["); strings.HasPrefix(key, metadata) && (!ok || bracketed(key, name) == "" || name == metadata) {
		return fmt.Errorf("%s: want %sFILTER[KEY], got %q", path, metadata, key)
	}
	return nil
}

func validIP(path, v string) error {
	if _, err := netip.ParseAddr(v); err == nil {
		return nil
	}
	if _, err := netip.ParsePrefix(v); err == nil {
		return nil
	}
	return fmt.Errorf("%s: want an address or a network such as 10.0.0.0/8, got %q", path, v)
}

func noBlanks(path string, names []string, lists ...[]string) error {
	for i, list := range lists {
		if at := slices.Index(list, ""); at >= 0 {
			return fmt.Errorf("%s.%s[%d]: is empty", path, names[i], at)
		}
	}
	return nil
}
