package control

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyhold/keyhold"
)

// The limits of a tenant's texts, in characters.
const (
	MaxName        = 128
	MaxDescription = 1024
)

// NewTenant is what a tenant is made of.
type NewTenant struct {
	// ID is the tenant's id; if empty one is generated, and then a repeated request conflicts by its name.
	ID string
	// Name is unique without regard to case: 1 to 128 printable characters, white space around it removed.
	Name string
	// Description is up to 1,024 printable characters, line breaks and tabs.
	Description string
}

// Faults are all that is wrong with the tenant's values.
func (n NewTenant) Faults() []FieldError {
	var wrong []FieldError
	if _, err := keyhold.ParseTenantID(n.ID); err != nil && n.ID != "" {
		wrong = append(wrong, FieldError{"id", "must be 1 to 49 characters of a-z, 0-9 and hyphens, with no hyphen at either end"})
	}
	if detail := checkName(strings.TrimSpace(n.Name)); detail != "" {
		wrong = append(wrong, FieldError{"name", detail})
	}
	if detail := checkText(n.Description, MaxDescription, "\n\r\t"); detail != "" {
		wrong = append(wrong, FieldError{"description", detail})
	}
	return wrong
}

// checked returns the tenant with its id and name in their final form.
func (n NewTenant) checked() (NewTenant, error) {
	if wrong := n.Faults(); wrong != nil {
		return NewTenant{}, invalid(wrong...)
	}
	if n.ID == "" {
		n.ID = string(keyhold.NewTenantID())
	}
	n.Name = strings.TrimSpace(n.Name)
	return n, nil
}

func checkName(s string) string {
	if s == "" {
		return "must not be empty"
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return "must contain a letter or a digit"
	}
	return checkText(s, MaxName, "")
}

// checkText says what is wrong with a text: it may have max printable characters and those of also.
func checkText(s string, max int, also string) string {
	if utf8.RuneCountInString(s) > max {
		return fmt.Sprintf("must be at most %d characters", max)
	}
	for _, r := range s {
		// A replacement character stands for bytes that were no text.
		if r == utf8.RuneError || !unicode.IsPrint(r) && !strings.ContainsRune(also, r) {
			return fmt.Sprintf("must not contain %U", r)
		}
	}
	return ""
}
