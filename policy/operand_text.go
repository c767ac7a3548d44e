package policy

import (
	"errors"
	"strings"
)

type (
	textOperand   struct{ template } // StringEquals, StringLike
	foldedOperand struct{ template } // StringEqualsIgnoreCase
	arnOperand    struct{ template } // ArnEquals, ArnLike
)

func (o *textOperand) match(value string, ctx Context) verdict {
	return verdictOf(o.matches(value, ctx))
}

func (o *foldedOperand) match(value string, ctx Context) verdict {
	return verdictOf(o.matchesFold(value, ctx))
}

func (o *arnOperand) match(value string, ctx Context) verdict {
	if !isARN(value) {
		return unsure
	}
	return verdictOf(o.matchesARN(value, ctx))
}

func readText(value string, variables bool) (operand, error) {
	t, err := compile(value, noWildcards, variables)
	return &textOperand{t}, err
}

func readFolded(value string, variables bool) (operand, error) {
	t, err := compile(value, noWildcards, variables)
	return &foldedOperand{t}, err
}

func readLike(value string, variables bool) (operand, error) {
	t, err := compile(value, allWildcards, variables)
	return &textOperand{t}, err
}

func readARN(value string, variables bool) (operand, error) {
	if !strings.HasPrefix(value, "arn:") && value != "*" && !(variables && strings.HasPrefix(value, "${")) {
		return nil, errors.New(quote(value) + ` is neither an ARN nor "*"`)
	}
	t, err := compile(value, allWildcards, variables)
	return &arnOperand{t}, err
}
