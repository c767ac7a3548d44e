package wire

import "reflect"

func (d *jsonDecoder) mapping(p *plan, dst reflect.Value) error {
	dst.Set(reflect.MakeMap(p.typ))
	stringsByKey, plain := dst.Interface().(map[string]string)
	for first := true; ; first = false {
		more, err := d.more('}', first)
		if err != nil || !more {
			return err
		}
		name, err := d.member()
		if err != nil {
			return err
		}
		if d.peek() == 'n' {
			return errNull
		}
		key := string(name)
		if plain {
			err = d.stringEntry(stringsByKey, key, p)
		} else {
			err = d.entry(dst, key, p)
		}
		if err != nil {
			return err
		}
	}
}

// stringEntry is entry for the most common kind of map.
func (d *jsonDecoder) stringEntry(m map[string]string, key string, p *plan) error {
	if _, ok := m[key]; ok {
		return errDuplicateKey
	}
	if d.peek() != '"' {
		return d.wrongType(p.element)
	}
	text, err := d.string()
	m[key] = string(text)
	return err
}

var errDuplicateKey = notExpected("Duplicate map key")

func (d *jsonDecoder) entry(m reflect.Value, key string, p *plan) error {
	k := reflect.ValueOf(key)
	if m.MapIndex(k).IsValid() {
		return errDuplicateKey
	}
	value := reflect.New(p.element.typ).Elem()
	if err := d.value(p.element, &p.shape.element, value); err != nil {
		return err
	}
	m.SetMapIndex(k, value)
	return nil
}

func (d *jsonDecoder) list(p *plan, dst reflect.Value) error {
	if err := d.open(); err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(p.typ, 0, 0))
	for i := 0; ; i++ {
		more, err := d.more(']', i == 0)
		if err != nil || !more {
			return err
		}
		if d.peek() == 'n' {
			return errNull
		}
		dst.Grow(1)
		dst.SetLen(i + 1)
		if err := d.value(p.element, &p.shape.element, dst.Index(i)); err != nil {
			return err
		}
	}
}
