package aws

import (
	"errors"
	"strings"
)

// Partition is the only AWS partition that the embedded AWS plays.
const Partition = "aws"

// ARN is an Amazon Resource Name: arn:partition:service:region:account:resource.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

var errARN = errors.New("not an ARN")

// ParseARN splits an ARN into its parts. It checks the form (six parts, of which partition, service and resource are not empty;
// an account is 12 digits, "aws" or empty), not whether the resource exists.
func ParseARN(s string) (ARN, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ARN{}, errARN
	}
	a := ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}
	if a.Partition == "" || a.Service == "" || a.Resource == "" {
		return ARN{}, errARN
	}
	if a.Account != "" && a.Account != "aws" && !IsAccount(a.Account) {
		return ARN{}, errARN
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			return ARN{}, errARN
		}
	}
	return a, nil
}

// String writes the ARN.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// IsAccount tells whether s is an account id: 12 digits.
func IsAccount(s string) bool {
	return len(s) == 12 && isDigits(s)
}

// maxRegion bounds the length of a region's name.
const maxRegion = 32

// IsRegion tells whether s has the form of a region's name, such as us-east-1 or us-gov-west-1: words of small letters and
// a number, with hyphens between them.
func IsRegion(s string) bool {
	words, start := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' && i > start:
			words, start = words+1, i+1
		case 'a' <= c && c <= 'z':
		case '0' <= c && c <= '9' && words >= 2 && isDigits(s[start:]):
			return len(s) <= maxRegion
		default:
			return false
		}
	}
	return false
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
