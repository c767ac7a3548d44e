package policy

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
)

// boolOperand is the value of Bool.
type boolOperand bool

func (o boolOperand) match(value string, _ Context) verdict {
	b, ok := parseBool(value)
	if !ok {
		return unsure
	}
	return verdictOf(b == bool(o))
}

func readBool(value string, _ bool) (operand, error) {
	b, ok := parseBool(value)
	if !ok {
		return nil, errors.New(quote(value) + ` is neither "true" nor "false"`)
	}
	return boolOperand(b), nil
}

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	default:
		return false, false
	}
}

// presenceOperand is the value of Null: whether the key must be missing.
type presenceOperand bool

// presence is what Null compares: whether the request has the key.
func presence(found bool) string {
	if found {
		return "false"
	}
	return "true"
}

func (o presenceOperand) match(value string, _ Context) verdict {
	return verdictOf(value == presence(!bool(o)))
}

func readPresence(value string, _ bool) (operand, error) {
	missing, ok := parseBool(value)
	if !ok {
		return nil, errors.New(quote(value) + ` is neither "true" nor "false"`)
	}
	return presenceOperand(missing), nil
}

// binaryOperand is the value of BinaryEquals: bytes, as base64 in the policy and in the request.
type binaryOperand []byte

func (o binaryOperand) match(value string, _ Context) verdict {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return unsure
	}
	return verdictOf(bytes.Equal(b, o))
}

func readBinary(value string, _ bool) (operand, error) {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, errors.New(quote(value) + " is not base64")
	}
	return binaryOperand(b), nil
}

// networkOperand is the value of IpAddress: an address range.
type networkOperand netip.Prefix

func (o networkOperand) match(value string, _ Context) verdict {
	a, err := netip.ParseAddr(value)
	if err != nil || a.Zone() != "" {
		return unsure
	}
	return verdictOf(netip.Prefix(o).Contains(a.Unmap()))
}

func readNetwork(value string, _ bool) (operand, error) {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		a, err := netip.ParseAddr(value)
		if err != nil || a.Zone() != "" {
			return nil, errors.New(quote(value) + " is neither an address nor a range of addresses")
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return networkOperand(p.Masked()), nil
}
