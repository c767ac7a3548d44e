package policy

import "strings"

// operator is a condition operator without its set operator and without IfExists.
type operator struct {
	negated bool
	null    bool // tests whether the key is present, not its value
	read    func(value string, variables bool) (operand, error)
}

var operators = map[string]*operator{
	"StringEquals":              {read: readText},
	"StringNotEquals":           {read: readText, negated: true},
	"StringEqualsIgnoreCase":    {read: readFolded},
	"StringNotEqualsIgnoreCase": {read: readFolded, negated: true},
	"StringLike":                {read: readLike},
	"StringNotLike":             {read: readLike, negated: true},
	"NumericEquals":             {read: readNumber(equal)},
	"NumericNotEquals":          {read: readNumber(equal), negated: true},
	"NumericLessThan":           {read: readNumber(less)},
	"NumericLessThanEquals":     {read: readNumber(less | equal)},
	"NumericGreaterThan":        {read: readNumber(greater)},
	"NumericGreaterThanEquals":  {read: readNumber(greater | equal)},
	"DateEquals":                {read: readDate(equal)},
	"DateNotEquals":             {read: readDate(equal), negated: true},
	"DateLessThan":              {read: readDate(less)},
	"DateLessThanEquals":        {read: readDate(less | equal)},
	"DateGreaterThan":           {read: readDate(greater)},
	"DateGreaterThanEquals":     {read: readDate(greater | equal)},
	"Bool":                      {read: readBool},
	"BinaryEquals":              {read: readBinary},
	"IpAddress":                 {read: readNetwork},
	"NotIpAddress":              {read: readNetwork, negated: true},
	"ArnEquals":                 {read: readARN},
	"ArnNotEquals":              {read: readARN, negated: true},
	"ArnLike":                   {read: readARN},
	"ArnNotLike":                {read: readARN, negated: true},
	"Null":                      {read: readPresence, null: true},
}

// readOperator reads the name of an operator with what stands before and after it.
func readOperator(name string) (condition, bool) {
	c := condition{name: name}
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		base, c.set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		base, c.set = rest, forAnyValue
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	c.operator = operators[base]
	if c.operator == nil || c.operator.null && base != name {
		return condition{}, false
	}
	return c, true
}

// order is a set of outcomes of a comparison.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

// has reports whether o holds the outcome c of a comparison: negative, zero or positive.
func (o order) has(c int) bool {
	switch {
	case c < 0:
		return o&less != 0
	case c > 0:
		return o&greater != 0
	default:
		return o&equal != 0
	}
}
