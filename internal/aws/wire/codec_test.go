package wire

import (
	"testing"
)

func TestTablesAreComplete(t *testing.T) {
	for _, ops := range (&fake{}).ops() {
		m, err := parseModel(ops.Model)
		if err != nil {
			t.Fatal(err)
		}
		for name := range m.operations {
			if _, ok := ops.Table[name]; !ok {
				t.Errorf("%s: tables_test.go lacks %s", ops.Service, name)
			}
		}
	}
}

// TestEveryOperationHasPlans also compiles every pattern of the models.
func TestEveryOperationHasPlans(t *testing.T) {
	c, err := NewCodec((&fake{}).ops()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
}
