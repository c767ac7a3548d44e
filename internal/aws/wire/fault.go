package wire

import (
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
)

// fault is an error as the protocols spell it.
type fault struct {
	json, query             string
	statusJSON, statusQuery int
	messageKey              string // over JSON
	members                 []faultMember
}

// faultMember is a further member of an error.
type faultMember struct {
	*member
	plan  *plan
	value reflect.Value
}

// shared are the errors of all services. aws.Error has them under the Query protocol's code. Over JSON, AWS answers 400
// for what the caller did wrong, except before it has read the request.
var shared = map[string]fault{
	"AccessDenied":               {json: "AccessDeniedException", statusQuery: 403, messageKey: "Message"},
	"ExpiredToken":               {json: "ExpiredTokenException", statusQuery: 403},
	"IncompleteSignature":        {json: "IncompleteSignatureException"},
	"InternalFailure":            {json: "InternalFailure", statusJSON: 500, statusQuery: 500},
	"InvalidAction":              {json: "UnknownOperationException"},
	"InvalidClientTokenId":       {json: "UnrecognizedClientException", statusQuery: 403},
	"MalformedInput":             {json: "SerializationException", messageKey: "Message"},
	"MissingAction":              {json: "UnknownOperationException"},
	"MissingAuthenticationToken": {json: "MissingAuthenticationTokenException", statusQuery: 403},
	"RequestEntityTooLarge":      {json: "RequestEntityTooLargeException", statusJSON: 413, statusQuery: 413},
	"SerializationException":     {json: "SerializationException", query: "MalformedInput", messageKey: "Message"},
	"ServiceUnavailable":         {json: "ServiceUnavailableException", statusJSON: 503, statusQuery: 503},
	"SignatureDoesNotMatch":      {json: "InvalidSignatureException", statusQuery: 403},
	"Throttling":                 {json: "ThrottlingException"},
	"UnknownOperation":           {json: "UnknownOperationException", query: "InvalidAction"},
	"UnsupportedMediaType":       {json: "UnsupportedMediaTypeException", statusJSON: 415, statusQuery: 415},
	"ValidationError":            {json: "ValidationException"},
}

// resolve finds how an error is spelled: as the service's model has it, as all services share it, or else as it is.
func resolve(s *service, err *aws.Error) fault {
	if s != nil && s.model != nil {
		if e := s.model.errorShape(err.Code); e != nil {
			return modelled(e, err)
		}
	}
	f, ok := shared[err.Code]
	if !ok {
		f = fault{json: err.Code, statusQuery: err.Status}
		if err.Status >= http.StatusInternalServerError {
			f.statusJSON = err.Status
		}
	}
	if f.query == "" {
		f.query = err.Code
	}
	if f.statusJSON == 0 {
		f.statusJSON = http.StatusBadRequest
	}
	if f.statusQuery == 0 {
		f.statusQuery = http.StatusBadRequest
	}
	if f.messageKey == "" {
		f.messageKey = "message"
	}
	return f
}

// errorShape finds an error by its shape's name or, since some drawers say NoSuchEntity, by its code.
func (m *model) errorShape(code string) *shape {
	if s := m.shapes[code]; s != nil && s.exception {
		return s
	}
	return m.errorsByCode[code]
}

// modelled spells an error that the service's model has.
func modelled(e *shape, err *aws.Error) fault {
	f := fault{
		json: e.name, statusJSON: http.StatusBadRequest,
		query: e.name, statusQuery: http.StatusBadRequest, messageKey: "message",
	}
	if e.fault || e.status >= http.StatusInternalServerError {
		f.statusJSON, f.statusQuery = http.StatusInternalServerError, http.StatusInternalServerError
	}
	if e.code != "" {
		f.query = e.code
	}
	if e.status != 0 {
		f.statusQuery = e.status
	}
	for i := range e.members {
		m := &e.members[i]
		if m.lower == "message" {
			f.messageKey = m.name
		} else if value, ok := err.Members[m.name]; ok {
			f.members = append(f.members, newFaultMember(m, value))
		}
	}
	return f
}

// newFaultMember plans a member's value. That it does not fit the model is a fault of the drawer, and of ours.
func newFaultMember(m *member, value any) faultMember {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	p, err := planner{}.plan(m.shape, v.Type())
	if err != nil {
		panic(err)
	}
	return faultMember{member: m, plan: p, value: addressable(v)}
}

// unknownOperation says that a request is for nothing that there is here.
func unknownOperation(text string) *aws.Error {
	return &aws.Error{Code: "UnknownOperation", Message: text, Status: http.StatusBadRequest}
}

// excerpt bounds what is repeated of a request's words.
func excerpt(s string) string {
	const limit = 128
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "?")
	}
	return s
}
