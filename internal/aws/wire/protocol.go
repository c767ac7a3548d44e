package wire

import (
	"net/http"
	"reflect"

	"golang.org/x/sync/semaphore"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/wire/sigv4"
)

// protocol is one of AWS's ways to write calls and answers. A further one is a further file and a line in protocols.
type protocol interface {
	// speaks tells from its head whether a request is written in this protocol. signedFor is the service that its
	// signature names, or nil if there is no such service here.
	speaks(r *http.Request, signedFor *service) bool
	// service finds the service that a request is for.
	service(c *Codec, x *exchange) (*service, error)
	// operation finds the operation, once the signature has been verified. Its name is returned even if the drawer lacks it.
	operation(x *exchange) (name string, err error)
	// decode reads the input into dst, a structure of the operation's input type.
	decode(x *exchange, dst reflect.Value) error
	// encode writes the answer. out is a structure of the operation's output type.
	encode(a *answer, x *exchange, out reflect.Value)
	// fail writes an error. The exchange's service and operation may be unknown.
	fail(a *answer, x *exchange, err *aws.Error)
}

// protocols are asked in this order; the last one also takes what none of them speaks.
var protocols = []protocol{awsJSON{}, query{}}

func choose(r *http.Request, signedFor *service) protocol {
	for _, p := range protocols {
		if p.speaks(r, signedFor) {
			return p
		}
	}
	return protocols[len(protocols)-1]
}

// exchange is one request on its way to its answer.
type exchange struct {
	request   *http.Request
	id        string
	signature *sigv4.Signature // nil if unsigned holds why there is none
	unsigned  error
	protocol  protocol
	service   *service
	operation *operation
	name      string // of the operation
	large     *semaphore.Weighted
	raw       *buffer
	inflated  *buffer // nil if the body was not compressed
	unread    bool    // the body was not read to its end
	body      []byte  // decompressed
	form      form    // the Query protocol's reading of it
	call      aws.Call
}

// answer is an HTTP response in the making.
type answer struct {
	status      int
	contentType string
	close       bool // the connection, because the request was not read to its end
	body        []byte
}
