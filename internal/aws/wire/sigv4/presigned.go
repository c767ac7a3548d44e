package sigv4

import (
	"net/http"
	"net/url"
	"strings"
)

// queryAuth holds the parameters of a presigned request, decoded. Those of the second group are optional.
type queryAuth struct {
	algorithm, credential, signature, signedHeaders, date param

	expires, token, payloadHash param
}

// param is a parameter of a query.
type param struct {
	value string
	given bool
}

// present says whether the query holds a signature, or part of one.
func (q *queryAuth) present() bool {
	return q.algorithm.given || q.credential.given || q.signature.given || q.signedHeaders.given
}

func (q *queryAuth) field(name string) *param {
	switch name {
	case "X-Amz-Algorithm":
		return &q.algorithm
	case "X-Amz-Credential":
		return &q.credential
	case "X-Amz-Signature":
		return &q.signature
	case "X-Amz-SignedHeaders":
		return &q.signedHeaders
	case "X-Amz-Date":
		return &q.date
	case "X-Amz-Expires":
		return &q.expires
	case "X-Amz-Security-Token":
		return &q.token
	case "X-Amz-Content-Sha256":
		return &q.payloadHash
	}
	return nil
}

// parseQueryAuth finds the parameters of a presigned request, if there are any.
func parseQueryAuth(raw string) (queryAuth, error) {
	var q queryAuth
	if len(raw) > maxQuery {
		return q, errQuery
	}
	for pair := range strings.SplitSeq(raw, "&") {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return q, errQuery
		}
		field := q.field(name)
		if field == nil {
			continue
		}
		if field.given {
			return q, duplicate(name)
		}
		if field.value, err = url.QueryUnescape(rawValue); err != nil {
			return q, errQuery
		}
		field.given = true
	}
	return q, nil
}

// claim turns the parameters into a Signature.
func (q *queryAuth) claim(h http.Header) (*Signature, error) {
	if err := q.complete(); err != nil {
		return nil, err
	}
	if q.algorithm.value != algorithm {
		return nil, badAlgorithm(q.algorithm.value)
	}
	s := &Signature{
		SignedHeaders: q.signedHeaders.value,
		Presigned:     true,
		Expires:       maxSkew,
		signature:     q.signature.value,
	}
	if err := s.readHeaders(h); err != nil {
		return nil, err
	}
	if q.payloadHash.given {
		if s.PayloadHash != "" && s.PayloadHash != q.payloadHash.value {
			return nil, errHashTwice
		}
		s.PayloadHash = q.payloadHash.value
	}
	if q.token.given {
		if s.SessionToken != "" {
			return nil, errTokenTwice
		}
		s.SessionToken = q.token.value
	}
	if !containsHeader(s.SignedHeaders, "host") {
		return nil, errHost
	}
	if err := s.setTime(q.date.value); err != nil {
		return nil, err
	}
	if q.expires.given {
		if err := s.setExpires(q.expires.value); err != nil {
			return nil, err
		}
	}
	if err := s.setCredential(q.credential.value); err != nil {
		return nil, err
	}
	return s, nil
}

// complete names everything that the query lacks, in AWS's order.
func (q *queryAuth) complete() error {
	var text strings.Builder
	for _, name := range [...]string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date",
	} {
		if q.field(name).value == "" {
			text.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if text.Len() == 0 {
		return nil
	}
	text.WriteString("Re-examine the query-string parameters.")
	return &Error{codeIncomplete, text.String()}
}
