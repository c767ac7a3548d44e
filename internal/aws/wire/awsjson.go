package wire

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
)

// awsJSON is AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, the input in a JSON object.
type awsJSON struct{}

const contentTypeJSON = "application/x-amz-json-"

func (awsJSON) speaks(r *http.Request, _ *service) bool {
	_, ok := r.Header["X-Amz-Target"]
	return ok || strings.HasPrefix(r.Header.Get("Content-Type"), contentTypeJSON)
}

// target splits X-Amz-Target: TrentService.Encrypt.
func target(r *http.Request) (prefix, name string) {
	prefix, name, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return prefix, name
}

func (awsJSON) service(c *Codec, x *exchange) (*service, error) {
	r := x.request
	prefix, name := target(r)
	if prefix == "" || name == "" {
		return nil, unknownOperation("The request has no operation in X-Amz-Target.")
	}
	s := c.byTarget[prefix]
	if s == nil {
		return nil, unknownOperation("There is no service with the target " + excerpt(prefix) + " here.")
	}
	version, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.Method != http.MethodPost || strings.TrimPrefix(version, contentTypeJSON) != s.metadata.JSONVersion {
		return nil, unknownOperation("Send a POST with the content type " + contentTypeJSON + s.metadata.JSONVersion + ".")
	}
	return s, nil
}

func (awsJSON) operation(x *exchange) (string, error) {
	_, name := target(x.request)
	return name, nil
}

func (awsJSON) decode(x *exchange, dst reflect.Value) error {
	return decodeJSON(x.body, x.operation.in, dst)
}

func (awsJSON) encode(a *answer, x *exchange, out reflect.Value) {
	a.status, a.contentType = http.StatusOK, jsonType(x)
	if x.operation.output == nil {
		return
	}
	w := jsonWriter{out: a.body}
	w.structure(x.operation.out, out)
	a.body = w.out
}

// jsonType is the content type of an answer: the service's or, if that is unknown, the newer version.
func jsonType(x *exchange) string {
	if x.service != nil && x.service.metadata.JSONVersion == "1.0" {
		return contentTypeJSON + "1.0"
	}
	return contentTypeJSON + "1.1"
}

func (awsJSON) fail(a *answer, x *exchange, err *aws.Error) {
	f := resolve(x.service, err)
	a.status, a.contentType = f.statusJSON, jsonType(x)
	w := jsonWriter{out: append(a.body, `{"__type":`...)}
	w.out = AppendString(w.out, f.json)
	if err.Message != "" {
		w.out = append(w.out, ',')
		w.out = AppendString(w.out, f.messageKey)
		w.out = append(w.out, ':')
		w.out = AppendString(w.out, err.Message)
	}
	for _, m := range f.members {
		w.out = append(w.out, ',')
		w.out = AppendString(w.out, m.name)
		w.out = append(w.out, ':')
		w.value(m.plan, &m.use, m.value)
	}
	a.body = append(w.out, '}')
}
