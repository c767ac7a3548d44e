package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/control"
)

// maxFieldErrors bounds how many faults of a request are reported at once.
const maxFieldErrors = 20

// maxDepth is how deep a body's arrays and objects may be nested.
const maxDepth = 16

// checkJSONType refuses a body that does not say it is plain JSON.
func checkJSONType(h http.Header) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return &refusal{http.StatusUnsupportedMediaType, "The body must be application/json."}
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return &refusal{http.StatusUnsupportedMediaType, "The body must not be compressed."}
	}
	return nil
}

// decodeStrings reads a JSON object whose members are strings, exactly those named, none of them twice. What is not
// such an object is refused; wrong are the members that are unknown or not strings.
func decodeStrings(body []byte, members map[string]*string) (wrong []control.FieldError, err error) {
	if err := checkJSON(body); err != nil {
		return nil, &refusal{http.StatusBadRequest, "The body is not good JSON: " + err.Error() + "."}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return nil, &refusal{http.StatusBadRequest, "The body must be a JSON object."}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		target, known := members[name]
		switch {
		case !known:
			wrong = append(wrong, control.FieldError{Field: name, Detail: "is not a member of this request"})
		case object[name][0] != '"':
			wrong = append(wrong, control.FieldError{Field: name, Detail: "must be a string"})
		default:
			if err := json.Unmarshal(object[name], target); err != nil {
				return nil, err
			}
		}
	}
	return wrong, nil
}

// faults is the error of a request's wrong values; nil if there are none.
func faults(wrong []control.FieldError) error {
	if wrong == nil {
		return nil
	}
	return &control.Error{Code: control.Invalid, Detail: "The request has invalid values.", Fields: wrong[:min(len(wrong), maxFieldErrors)]}
}

// checkJSON refuses what is not one JSON text, and what parsers read in different ways: names that appear twice, text
// that is not UTF-8, deep nesting.
func checkJSON(body []byte) error {
	if len(body) == 0 {
		return errors.New("it is empty")
	}
	if !utf8.Valid(body) {
		return errors.New("it is not UTF-8")
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, new(json.RawMessage)); errors.As(err, &syntax) {
		return fmt.Errorf("%w, at byte %d", syntax, syntax.Offset)
	}
	return checkValue(json.NewDecoder(bytes.NewReader(body)), 0)
}

// checkValue reads the next value, whose syntax is known to be good.
func checkValue(dec *json.Decoder, depth int) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') && token != json.Delim('[') {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	seen := map[string]bool{}
	for dec.More() {
		if token == json.Delim('{') {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			if seen[name.(string)] {
				return fmt.Errorf("the name %.64q appears twice", name)
			}
			seen[name.(string)] = true
		}
		if err := checkValue(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

// query reads the parameters of a request, exactly those named, none of them twice.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "The query of the URL is malformed."}
	}
	var wrong []control.FieldError
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(known, name):
			wrong = append(wrong, control.FieldError{Field: name, Detail: "is not a parameter of this request"})
		case len(values[name]) > 1:
			wrong = append(wrong, control.FieldError{Field: name, Detail: "must be given once"})
		}
	}
	if wrong != nil {
		return nil, inQuery{faults(wrong)}
	}
	return values, nil
}

// pointerToken writes a member's name as part of a JSON pointer in a URI fragment (RFC 6901).
func pointerToken(name string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
}
