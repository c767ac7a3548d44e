package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPackageComments wants a package comment on every package.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	goFiles(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		documented[dir] = documented[dir] || f.Doc != nil
	})
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

var forbiddenName = regexp.MustCompile(`(^|/)(utils?|common|helpers?|managers?|misc)(\.go|/|_)|_(ext|misc|phase\d)\.go$`)

// TestNames wants plain nouns for files and packages.
func TestNames(t *testing.T) {
	goFiles(t, func(file string) {
		if forbiddenName.MatchString(file) {
			t.Errorf("%s: name it after what it holds", file)
		}
	})
	for name, bad := range map[string]bool{"internal/util/a.go": true, "internal/aws/kms/key_ext.go": true, "internal/store/key.go": false} {
		if forbiddenName.MatchString(name) != bad {
			t.Errorf("rule for %s does not hold", name)
		}
	}
}

// TestNoInit refuses init functions and goroutines started outside the packages that may.
func TestNoInit(t *testing.T) {
	mayStart := []string{
		"internal/server", "internal/http1", "cmd/keyhold", "bench/...",
		"",                         // the SDK: a renewal outlives the call that began it
		"internal/store/pebble",    // an open that a failing disk would never let return
		"internal/store/storetest", // a suite for tests
	}
	goFiles(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(root, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s: init function", fset.Position(n.Pos()))
				}
			case *ast.GoStmt:
				if !anyMatch(mayStart, strings.TrimPrefix(dir, ".")) {
					t.Errorf("%s: goroutines start only in %v", fset.Position(n.Pos()), mayStart)
				}
			}
			return true
		})
	})
}

// TestMainIsShort keeps the binary's main file a page.
func TestMainIsShort(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "cmd/keyhold/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n > 60 {
		t.Errorf("cmd/keyhold/main.go has %d lines, at most 60", n)
	}
}
