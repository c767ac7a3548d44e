package sigv4

import (
	"net/http"
	"strings"
)

// Parse reads the signature of a request from its Authorization header or, if it is presigned, from its query. It checks
// form only: what it returns is a claim. The request is not changed and its body not read.
func Parse(r *http.Request) (*Signature, error) {
	var auth queryAuth
	if r.URL.RawQuery != "" {
		var err error
		if auth, err = parseQueryAuth(r.URL.RawQuery); err != nil {
			return nil, err
		}
	}
	headers := r.Header["Authorization"]
	switch {
	case len(headers) > 0 && auth.present():
		return nil, errBoth
	case auth.present():
		return auth.claim(r.Header)
	case len(headers) == 0:
		return nil, errMissing
	case len(headers) > 1:
		return nil, duplicate("Authorization")
	}
	return parseHeader(headers[0], r.Header)
}

// parseHeader reads "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...". AWS takes commas, spaces or both
// between the parameters, in any order.
func parseHeader(value string, h http.Header) (*Signature, error) {
	if len(value) > maxAuthorization {
		return nil, errTooLarge
	}
	value = strings.TrimSpace(value)
	name, rest, _ := strings.Cut(value, " ")
	switch {
	case !strings.HasPrefix(name, "AWS4-"):
		return nil, errMissing
	case name != algorithm:
		return nil, badAlgorithm(name)
	}
	var p headerParams
	if err := p.parse(rest, value); err != nil {
		return nil, err
	}
	s := &Signature{SignedHeaders: p.signedHeaders, signature: p.signature}
	if err := s.readHeaders(h); err != nil {
		return nil, err
	}
	date, dated, err := dateHeader(h)
	if err != nil {
		return nil, err
	}
	if !p.complete() || !dated {
		return nil, p.lacks(value, dated)
	}
	if !containsHeader(s.SignedHeaders, "host") {
		return nil, errHost
	}
	if err := s.setHTTPDate(date); err != nil {
		return nil, err
	}
	if err := s.setCredential(p.credential); err != nil {
		return nil, err
	}
	return s, nil
}

// headerParams are the parameters of an Authorization header.
type headerParams struct{ credential, signedHeaders, signature string }

// parse splits list. Unknown parameters are ignored, as AWS does; whole is the header, for errors.
func (p *headerParams) parse(list, whole string) error {
	for chunk := range strings.SplitSeq(list, ",") {
		for chunk != "" {
			var pair string
			pair, chunk, _ = strings.Cut(chunk, " ")
			if pair == "" {
				continue
			}
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				return badPair(whole)
			}
			if err := p.set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *headerParams) set(name, value string) error {
	var field *string
	switch name {
	case "Credential":
		field = &p.credential
	case "SignedHeaders":
		field = &p.signedHeaders
	case "Signature":
		field = &p.signature
	default:
		return nil
	}
	if *field != "" {
		return duplicate(name)
	}
	*field = value
	return nil
}

func (p *headerParams) complete() bool {
	return p.credential != "" && p.signature != "" && p.signedHeaders != ""
}

// lacks names everything that is missing. The argument whole is the header.
func (p *headerParams) lacks(whole string, dated bool) error {
	var parts []string
	for _, field := range []struct{ name, value string }{
		{"Credential", p.credential}, {"Signature", p.signature}, {"SignedHeaders", p.signedHeaders},
	} {
		if field.value == "" {
			parts = append(parts, "Authorization header requires '"+field.name+"' parameter.")
		}
	}
	if !dated {
		parts = append(parts, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return missingParts(whole, parts...)
}

// dateHeader returns X-Amz-Date or, without one, Date.
func dateHeader(h http.Header) (value string, ok bool, err error) {
	for _, name := range [...]string{"X-Amz-Date", "Date"} {
		if v := h[name]; len(v) == 1 {
			return v[0], true, nil
		} else if len(v) > 1 {
			return "", false, duplicate(name)
		}
	}
	return "", false, nil
}

// readHeaders takes the headers that go with a signature, whichever way it was sent.
func (s *Signature) readHeaders(h http.Header) error {
	if v := h["X-Amz-Security-Token"]; len(v) == 1 {
		s.SessionToken = v[0]
	} else if len(v) > 1 {
		return errTokenTwice
	}
	if v := h["X-Amz-Content-Sha256"]; len(v) == 1 {
		s.PayloadHash = v[0]
	} else if len(v) > 1 {
		return errHashTwice
	}
	return nil
}
