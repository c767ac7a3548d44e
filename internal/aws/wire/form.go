package wire

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
)

// maxParams bounds the parameters of a Query request.
const maxParams = 10_000

// form are a Query request's parameters, in the order of their names, so that all parameters of one structure or list
// are neighbours.
type form []param

type param struct{ name, value string }

// malformed says that a Query request cannot be read.
func malformed(text string) error {
	return &aws.Error{Code: "MalformedInput", Message: text, Status: 400}
}

var (
	errEncoding  = malformed("The request is not application/x-www-form-urlencoded in UTF-8")
	errParams    = malformed("The request has too many parameters")
	errDuplicate = malformed("A parameter occurs more than once")
)

// parseForm reads application/x-www-form-urlencoded text. A parameter that comes twice is refused: readers would not
// agree on which counts.
func parseForm(text string) (form, error) {
	n := strings.Count(text, "&") + 1
	if n > maxParams {
		return nil, errParams
	}
	f := make(form, 0, n)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := unescape(rawName)
		if err != nil {
			return nil, err
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, err
		}
		f = append(f, param{name, value})
	}
	slices.SortFunc(f, func(a, b param) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(f); i++ {
		if f[i].name == f[i-1].name {
			return nil, errDuplicate
		}
	}
	return f, nil
}

func unescape(s string) (string, error) {
	v, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(v) {
		return "", errEncoding
	}
	return v, nil
}

// get finds a parameter.
func (f form) get(name string) (string, bool) {
	i, ok := slices.BinarySearchFunc(f, name, func(p param, name string) int { return strings.Compare(p.name, name) })
	if !ok {
		return "", false
	}
	return f[i].value, true
}

// under are the parameters whose names begin with prefix.
func (f form) under(prefix string) form {
	byPrefix := func(p param, prefix string) int {
		return strings.Compare(p.name[:min(len(p.name), len(prefix))], prefix)
	}
	from, _ := slices.BinarySearchFunc(f, prefix, byPrefix)
	to := from
	for to < len(f) && strings.HasPrefix(f[to].name, prefix) {
		to++
	}
	return f[from:to]
}
