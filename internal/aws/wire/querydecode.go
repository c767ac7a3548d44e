package wire

import "reflect"

var (
	errScalar   = malformed("Start of structure or map found where not expected.")
	errListText = malformed("Unexpected list element termination")
	errText     = malformed("Unexpected complex element termination")
	errIndex    = malformed("Index in the name of a list parameter is not a positive number")
	errNumber   = malformed("number must follow xsd1.1 definition")
	errBoolean  = malformed("boolean must follow xsd1.1 definition")
	errTime     = malformed("timestamp must follow ISO8601")
	errMapKey   = malformed("Map entry without a key")
	errMapTwice = malformed("Duplicate map key")
	errDeep     = malformed("Parameter is nested too deeply")
)

// decodeQuery reads a structure from form parameters. As AWS does, it ignores parameters that the model does not have.
// Lists are read in the order of their indices, of which some may be missing; memory is spent only on elements that are
// there, whatever their indices.
func decodeQuery(f form, p *plan, dst reflect.Value) error {
	d := queryDecoder{}
	return d.members(f, "", p, dst)
}

type queryDecoder struct{ depth int }

// value reads the value that is called name, of which f holds all parameters. It leaves dst alone if there is none.
func (d *queryDecoder) value(f form, name string, p *plan, u *use, dst reflect.Value) error {
	if d.depth++; d.depth > maxDepth {
		return errDeep
	}
	defer func() { d.depth-- }()
	text, given := f.get(name)
	nested := f.under(name + ".")
	switch {
	case p.kind == kindList || p.kind == kindMap || p.kind == kindStructure:
		if given && (text != "" || len(nested) > 0) {
			if p.kind == kindList {
				return errListText
			}
			return errText
		}
		if !given && len(nested) == 0 {
			return nil
		}
	case len(nested) > 0:
		return errScalar
	case !given:
		return nil
	}
	switch p.kind {
	case kindStructure:
		if dst.Kind() == reflect.Pointer {
			dst.Set(reflect.New(p.typ))
			dst = dst.Elem()
		}
		return d.members(nested, name+".", p, dst)
	case kindList:
		return d.list(nested, name, p, u, dst)
	case kindMap:
		return d.mapping(nested, name, p, u, dst)
	}
	return setText(text, p, u, dst)
}

func (d *queryDecoder) members(f form, prefix string, p *plan, dst reflect.Value) error {
	for i := range p.fields {
		m := &p.fields[i]
		if err := d.value(f, prefix+queryName(m), m.plan, &m.use, dst.Field(m.index)); err != nil {
			return err
		}
	}
	return nil
}

// queryName is what a member is called. The elements of a flattened list may have a name, which replaces the list's.
func queryName(f *field) string {
	if f.plan.kind == kindList && flat(f.plan, &f.use) {
		return f.plan.shape.element.nameOr(f.nameOr(f.name))
	}
	return f.nameOr(f.name)
}

// flat tells whether a list or map is written without a level of its own.
func flat(p *plan, u *use) bool { return p.flattened || u.flattened }
