package wire

import "encoding/json"

// model is a parsed model.json: the shapes of one service.
type model struct {
	operations   map[string]*opModel
	shapes       map[string]*shape
	errorsByCode map[string]*shape // errors whose code is not their shape's name
}

// metadata is what a model says of the service as a whole.
type metadata struct {
	APIVersion   string
	JSONVersion  string // "1.0" or "1.1"
	Protocol     string
	TargetPrefix string
	XMLNamespace xmlNamespace
}

// xmlNamespace is written as a text or as an object.
type xmlNamespace string

func (n *xmlNamespace) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(n))
	}
	var object struct{ URI string }
	err := json.Unmarshal(b, &object)
	*n = xmlNamespace(object.URI)
	return err
}

// opModel is an operation as the model has it. input and output are nil where the model has none.
type opModel struct {
	input, output *shape
	resultWrapper string
}

type kind uint8

const (
	kindStructure kind = iota + 1
	kindList
	kindMap
	kindString
	kindInteger
	kindLong
	kindDouble
	kindBoolean
	kindBlob
	kindTimestamp
)

var kinds = map[string]kind{
	"structure": kindStructure, "list": kindList, "map": kindMap, "string": kindString, "character": kindString,
	"integer": kindInteger, "long": kindLong, "float": kindDouble, "double": kindDouble, "boolean": kindBoolean,
	"blob": kindBlob, "timestamp": kindTimestamp,
}

// shape is a type of the model.
type shape struct {
	name            string
	kind            kind
	members         []member // of a structure
	key             use      // of a map
	element         use      // of a list, or a map's value
	flattened       bool
	sensitive       bool
	timestampFormat string
	constraint      constraint

	exception bool
	fault     bool // an error that is the service's fault
	code      string
	status    int
}

// use is a use of a shape.
type use struct {
	shape           *shape
	locationName    string
	timestampFormat string
	flattened       bool
}

type member struct {
	use
	name     string
	lower    string // name with its first letter in lower case, as validation messages and audit records have it
	required bool
}

// nameOr is what a protocol that knows location names calls a use.
func (u *use) nameOr(name string) string {
	if u.locationName != "" {
		return u.locationName
	}
	return name
}
