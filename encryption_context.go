package keyhold

import (
	"fmt"
	"maps"
	"strings"
)

// The pairs that Client binds to all data, and the prefix that callers' own pairs may not have.
const (
	serviceKey     = "keyhold:service"
	reservedPrefix = "keyhold:"
)

// A DataOption concerns one piece of data.
type DataOption func(*dataOptions)

type dataOptions struct {
	pairs map[string]string
}

// WithContext binds pairs to the data, such as the table and row it belongs to: it opens only with the same pairs.
// They are not secret; AWS shows them in its audit trail. Names that begin with "keyhold:" are reserved.
func WithContext(pairs map[string]string) DataOption {
	return func(o *dataOptions) {
		if o.pairs == nil {
			o.pairs = make(map[string]string, len(pairs)+2)
		}
		maps.Copy(o.pairs, pairs)
	}
}

// encryptionContext is the caller's pairs with those that bind the data to tenant and service.
func encryptionContext(tenant TenantID, service string, opts []DataOption) (map[string]string, error) {
	var o dataOptions
	for _, opt := range opts {
		opt(&o)
	}
	if o.pairs == nil {
		o.pairs = make(map[string]string, 2)
	}
	for name := range o.pairs {
		// KMS compares the names in conditions without regard to case, so no spelling of a reserved name may pass.
		if len(name) >= len(reservedPrefix) && strings.EqualFold(name[:len(reservedPrefix)], reservedPrefix) {
			return nil, fmt.Errorf("%w: the name %.64q is reserved", ErrInvalidContext, name)
		}
	}
	o.pairs[TenantTag] = string(tenant)
	o.pairs[serviceKey] = service
	return o.pairs, nil
}
