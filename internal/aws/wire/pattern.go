package wire

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// pattern is a pattern of a model. The models have Java's regular expressions, which must match the whole text.
type pattern struct {
	text   string // as the model has it, for messages
	class  *class // most patterns are one class of characters, repeated
	regexp *regexp.Regexp
}

// translated are the patterns that Go has no syntax for, written by hand.
var translated = map[string]string{
	// No two hyphens in a row: Go has no look-ahead. The shape's own limits say that the length is 3 to 63.
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: `[a-z0-9](-?[a-z0-9])*`,
	// The model means U+10000 to U+10FFFF, beyond Java's \u, and surrogates do not occur in UTF-8.
	`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`://
	`[\x09\x0A\x0D\x20-\x7E\x{85}\x{A0}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]+`,
}

var javaUnicode = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// newPattern compiles a pattern. What Go cannot compile is an error: add it to translated.
func newPattern(text string) (*pattern, error) {
	goText, ok := translated[text]
	if !ok {
		goText = javaUnicode.ReplaceAllString(text, `\x{$1}`)
	}
	tree, err := syntax.Parse(goText, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	p := &pattern{text: text, class: newClass(tree.Simplify())}
	if p.class == nil {
		p.regexp, err = regexp.Compile(`\A(?:` + goText + `)\z`)
	}
	return p, err
}

func (p *pattern) match(s string) bool {
	if p.class != nil {
		return p.class.match(s)
	}
	return p.regexp.MatchString(s)
}

// class is one class of characters, repeated: [a-z]* or [a-z]+. Policies are checked against one, and are long.
type class struct {
	ascii    [utf8.RuneSelf]bool
	ranges   []rune // pairs, as package syntax has them
	nonEmpty bool
}

func newClass(tree *syntax.Regexp) *class {
	for tree.Op == syntax.OpConcat { // ^[a-z]+$: the anchors say nothing
		inner := tree.Sub
		if len(inner) != 3 || inner[0].Op != syntax.OpBeginText || inner[2].Op != syntax.OpEndText {
			return nil
		}
		tree = inner[1]
	}
	if tree.Op != syntax.OpPlus && tree.Op != syntax.OpStar || tree.Sub[0].Op != syntax.OpCharClass {
		return nil
	}
	c := &class{ranges: tree.Sub[0].Rune, nonEmpty: tree.Op == syntax.OpPlus}
	for r := range c.ascii {
		c.ascii[r] = c.find(rune(r))
	}
	return c
}

func (c *class) find(r rune) bool {
	for i := 0; i < len(c.ranges); i += 2 {
		if r <= c.ranges[i+1] {
			return r >= c.ranges[i]
		}
	}
	return false
}

func (c *class) match(s string) bool {
	if c.nonEmpty && s == "" {
		return false
	}
	misses := func(r rune) bool { return r >= utf8.RuneSelf && !c.find(r) || r < utf8.RuneSelf && !c.ascii[r] }
	return !strings.ContainsFunc(s, misses)
}
