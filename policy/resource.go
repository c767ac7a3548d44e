package policy

import "strings"

// resources is a statement's Resource or NotResource element. Without patterns it covers every resource: trust policies
// have no such element.
type resources struct {
	except   bool // NotResource
	patterns []template
}

// match says whether the element covers the resource.
func (r *resources) match(resource string, ctx Context) verdict {
	if r.patterns == nil {
		return yes
	}
	for i := range r.patterns {
		if r.patterns[i].matches(resource, ctx) {
			return verdictOf(!r.except)
		}
	}
	if r.except && !r.resolved(ctx) {
		return unsure
	}
	return verdictOf(r.except)
}

func (r *resources) resolved(ctx Context) bool {
	for i := range r.patterns {
		if !r.patterns[i].resolved(ctx) {
			return false
		}
	}
	return true
}

func (p *parser) resourceElement(path string, e *elements, s *Statement) *ParseError {
	n, name := e.resource, "Resource"
	if e.notResource != nil {
		if n != nil {
			return p.fail(path, p.reasons.syntax, "a statement cannot have both Resource and NotResource")
		}
		n, name, s.resources.except = e.notResource, "NotResource", true
	}
	path += "." + name
	switch {
	case p.kind == Trust:
		return p.noResource(path, e)
	case n == nil && p.kind == Key:
		s.inert = true
		return nil
	case n == nil:
		return p.fail(path, p.reasons.resources, "")
	}
	texts, ok := n.strings(false)
	if !ok {
		return p.fail(path, p.reasons.syntax, "it must be a string or a list of strings")
	}
	if len(texts) == 0 {
		return p.fail(path, p.reasons.resources, "")
	}
	for _, text := range texts {
		if fail := p.resource(path, text, s); fail != nil {
			return fail
		}
	}
	return nil
}

func (p *parser) noResource(path string, e *elements) *ParseError {
	switch {
	case e.resource != nil:
		return p.fail(path, p.reasons.hasResource, "")
	case e.notResource != nil:
		return p.fail(path, p.reasons.hasNotResource, "")
	}
	return nil
}

// resource adds one entry of the element.
func (p *parser) resource(path, text string, s *Statement) *ParseError {
	if text == "*" {
		s.resources.patterns = append(s.resources.patterns, template{shape: anything})
		return nil
	}
	parts := strings.SplitN(text, ":", arnParts)
	if fail := p.checkARN(path, text, parts); fail != nil {
		return fail
	}
	texts := []string{text}
	if len(parts) < arnParts {
		// AWS adds the missing parts as wildcards. What the ARN means if it has wildcards of its own that could run
		// on is not documented; it is read both ways where that makes for fewer permissions.
		texts = []string{text + strings.Repeat(":*", arnParts-len(parts))}
		if s.deny != s.resources.except {
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		t, err := compile(text, arnWildcards, p.variables)
		if err != nil {
			return p.fail(path, p.reasons.syntax, err.Error())
		}
		s.resources.patterns = append(s.resources.patterns, t)
	}
	return nil
}

func (p *parser) checkARN(path, text string, parts []string) *ParseError {
	switch {
	case parts[0] != "arn" || len(parts) < 2 || p.kind == Session && len(parts) < arnParts:
		return p.fail(path, p.notARN(text), "")
	case parts[1] == "" || !consistsOf(parts[1], "-*?"):
		return p.fail(path, p.reasons.syntax, quote(text)+" has no valid partition")
	case len(parts) > 2 && (parts[2] == "" || !consistsOf(parts[2], "-")):
		return p.fail(path, p.vendorReason(), quote(text)+" has no valid service")
	}
	return nil
}

func (p *parser) vendorReason() string {
	if p.reasons == &organisationReasons {
		return organisations
	}
	return "Resource vendor must be fully qualified and cannot contain regexes."
}

func (p *parser) notARN(text string) string {
	if p.reasons == &organisationReasons {
		return organisations
	}
	return "Resource " + text + ` must be in ARN format or "*".`
}
