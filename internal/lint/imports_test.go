package lint

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/keyhold/keyhold"

// rule says what the packages that pkg matches may import of this module, and what of the standard library they may not.
// A pattern ends in "/..." to match what lies below, or is exact; "" is the module's root.
type rule struct {
	pkg   string
	may   []string
	never []string
}

// rules is read from the top; the first whose pkg matches a package binds it.
var rules = []rule{
	{pkg: "", may: nil},
	{pkg: "policy", may: nil, never: []string{"net/http", "os"}},
	{pkg: "message", may: nil, never: []string{"net/http", "os"}},
	{pkg: "internal/aws", may: []string{"policy"}, never: []string{"net/http/httptest", "os"}},
	{pkg: "internal/store/...", may: []string{"internal/store", "internal/store/..."}},
	{pkg: "internal/store", may: nil},
	{pkg: "internal/seal", may: nil},
	{pkg: "internal/aws/api/generate", may: nil},
	{pkg: "internal/aws/api/...", may: nil},
	{pkg: "internal/aws/wire/sigv4", may: nil},
	{pkg: "internal/aws/wire/...", may: []string{"internal/aws", "internal/aws/api/...", "internal/aws/wire/..."}},
	{pkg: "internal/aws/wire", may: []string{"internal/aws", "internal/aws/api/...", "internal/aws/wire/..."}},
	{pkg: "internal/aws/awstest", may: []string{"..."}},
	{pkg: "internal/aws/...", may: []string{"internal/aws", "internal/aws/api/...", "internal/store", "internal/seal", "policy"}, never: []string{"net/http"}},
	{pkg: "internal/audit", may: []string{"internal/aws", "internal/aws/wire", "policy"}},
	{pkg: "internal/http1", may: nil},
	{pkg: "internal/control", may: []string{""}},
	{pkg: "internal/httpapi/...", may: []string{"", "internal/httpapi/..."}},
	{pkg: "internal/httpapi", may: []string{"", "internal/control", "internal/httpapi/..."}},
	{pkg: "internal/server", may: []string{"..."}},
	{pkg: "internal/coverage", may: []string{"internal/aws", "internal/server"}},
	{pkg: "keyholdtest", may: []string{"", "internal/server", "internal/control", "internal/httpapi/v1"}},
	{pkg: "cmd/keyhold", may: []string{"..."}},
	{pkg: "examples/...", may: []string{"", "keyholdtest"}},
	{pkg: "bench/...", may: nil},
	{pkg: "internal/lint", may: nil},
}

// importers limits who may import a package.
var importers = map[string][]string{
	"internal/server": {"cmd/keyhold", "keyholdtest", "internal/coverage"},
	"internal/lint":   nil,
}

func matches(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(pkg, dir+"/")
	}
	return pattern == pkg
}

func anyMatch(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if matches(p, pkg) {
			return true
		}
	}
	return false
}

func find(pkg string) (rule, bool) {
	for _, r := range rules {
		if matches(r.pkg, pkg) {
			return r, true
		}
	}
	return rule{}, false
}

// violation judges one import of a package; it is empty if the import is allowed.
func violation(pkg, imported string) string {
	r, ok := find(pkg)
	if !ok {
		return "no rule for this package: add one to internal/lint"
	}
	for _, n := range r.never {
		if imported == n {
			return "may not import " + imported
		}
	}
	own, ok := strings.CutPrefix(imported, module)
	if !ok || own != "" && own[0] != '/' {
		return ""
	}
	own = strings.TrimPrefix(own, "/")
	if !anyMatch(r.may, own) {
		return "may not import " + imported
	}
	if who, limited := importers[own]; limited && !anyMatch(who, pkg) {
		return imported + " may not be imported here"
	}
	return ""
}

// TestImports holds the table of who may import whom against every file that ships.
func TestImports(t *testing.T) {
	seen := 0
	goFiles(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		pkg := path.Dir(file)
		if pkg == "." {
			pkg = ""
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if v := violation(pkg, imported); v != "" {
				t.Errorf("%s: %s", file, v)
			}
		}
	})
	if seen < 20 {
		t.Fatalf("looked at %d files only", seen)
	}
}

// TestRulesBite shows that the table refuses what it should.
func TestRulesBite(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		ok            bool
	}{
		{"", module + "/internal/aws", false},
		{"", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"policy", module + "/internal/aws", false},
		{"policy", "net/http", false},
		{"internal/aws/kms", module + "/internal/aws/iam", false},
		{"internal/aws/kms", module + "/internal/aws/wire", false},
		{"internal/aws/kms", "net/http", false},
		{"internal/aws/kms", module + "/internal/aws/api/kms", true},
		{"internal/control", module + "/internal/aws", false},
		{"internal/control", module, true},
		{"internal/httpapi", module + "/internal/server", false},
		{"internal/aws/api/kms", module + "/internal/aws", false},
		{"internal/store/mem", module + "/internal/store", true},
		{"internal/server", module + "/internal/aws/kms", true},
		{"internal/newroom", module + "/policy", false},
	} {
		if v := violation(c.pkg, c.imported); (v == "") != c.ok {
			t.Errorf("%q importing %q: %q, want allowed %v", c.pkg, c.imported, v, c.ok)
		}
	}
}

const root = "../.."

// goFiles calls fn with every Go file of the module, by its path from the module's root.
func goFiles(t *testing.T, fn func(file string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" || d.Name() == "node_modules" || rel == "bench/peers") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(p, ".go") {
			fn(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
