package wire

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
)

// query is AWS Query: operation and input in form parameters, the answer in XML.
type query struct{}

const contentTypeForm = "application/x-www-form-urlencoded"

func (query) speaks(r *http.Request, signedFor *service) bool {
	return isForm(r) || signedFor != nil && signedFor.metadata.Protocol == "query"
}

func isForm(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), contentTypeForm)
}

func (query) service(c *Codec, x *exchange) (*service, error) {
	r, name := x.request, x.signature.Service
	s := c.services[name]
	if s == nil || s.metadata.Protocol != "query" {
		return nil, unknownOperation("There is no service " + excerpt(name) + " here that speaks the Query protocol.")
	}
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || !isForm(r)) {
		return nil, unknownOperation("Send a GET, or a POST with the content type " + contentTypeForm + ".")
	}
	return s, nil
}

func (query) operation(x *exchange) (string, error) {
	text := string(x.body)
	if x.request.Method == http.MethodGet {
		text = x.request.URL.RawQuery
	}
	var err error
	if x.form, err = parseForm(text); err != nil {
		return "", err
	}
	name, ok := x.form.get("Action")
	if !ok || name == "" {
		return "", &aws.Error{Code: "MissingAction", Message: "Missing Action", Status: http.StatusBadRequest}
	}
	version, ok := x.form.get("Version")
	if !ok {
		version = "NO_VERSION_SPECIFIED"
	}
	if x.service.model.operations[name] == nil || version != x.service.metadata.APIVersion {
		return name, &aws.Error{
			Code: "InvalidAction", Status: http.StatusBadRequest,
			Message: "Could not find operation " + excerpt(name) + " for version " + excerpt(version),
		}
	}
	return name, nil
}

func (query) decode(x *exchange, dst reflect.Value) error {
	return decodeQuery(x.form, x.operation.in, dst)
}

func (query) encode(a *answer, x *exchange, out reflect.Value) {
	a.status, a.contentType = http.StatusOK, "text/xml"
	w := xmlWriter{out: append(a.body, '<')}
	w.out = append(w.out, x.name...)
	w.out = append(w.out, `Response xmlns="`...)
	w.out = appendXML(w.out, string(x.service.metadata.XMLNamespace))
	w.out = append(w.out, '"', '>')
	if wrapper := x.operation.resultWrapper; wrapper != "" {
		w.open(wrapper)
		w.members(x.operation.out, out)
		w.close(wrapper)
	} else {
		w.members(x.operation.out, out)
	}
	w.open("ResponseMetadata")
	w.element("RequestId", x.id)
	w.close("ResponseMetadata")
	w.out = append(w.out, '<', '/')
	w.out = append(w.out, x.name...)
	a.body = append(w.out, "Response>"...)
}

func (query) fail(a *answer, x *exchange, err *aws.Error) {
	f := resolve(x.service, err)
	a.status, a.contentType = f.statusQuery, "text/xml"
	w := xmlWriter{out: append(a.body, "<ErrorResponse"...)}
	if x.service != nil {
		w.out = append(w.out, ` xmlns="`...)
		w.out = appendXML(w.out, string(x.service.metadata.XMLNamespace))
		w.out = append(w.out, '"')
	}
	w.out = append(w.out, "><Error><Type>"...)
	if f.statusQuery >= http.StatusInternalServerError {
		w.out = append(w.out, "Receiver"...)
	} else {
		w.out = append(w.out, "Sender"...)
	}
	w.out = append(w.out, "</Type>"...)
	w.element("Code", f.query)
	w.element("Message", err.Message)
	for _, m := range f.members {
		w.value(m.nameOr(m.name), m.plan, &m.use, m.value)
	}
	w.out = append(w.out, "</Error>"...)
	w.element("RequestId", x.id)
	a.body = append(w.out, "</ErrorResponse>"...)
}
