// Generate writes the packages below internal/aws/api: Go structs and a trimmed model for each service named on the
// command line, from the official models in the botocore Python package.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	data := flag.String("data", "", "botocore's data directory (default: ask python3)")
	version := flag.String("version", "", "botocore's version, with -data")
	out := flag.String("out", ".", "directory that holds the packages")
	flag.Parse()
	if err := run(*data, *version, *out, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(data, version, out string, services []string) error {
	if data == "" {
		var err error
		if data, version, err = findBotocore(); err != nil {
			return err
		}
	}
	if version == "" || len(services) == 0 {
		return errors.New("need botocore's version and at least one service")
	}
	for _, service := range services {
		if err := generate(data, version, out, service); err != nil {
			return fmt.Errorf("%s: %w", service, err)
		}
	}
	return nil
}

// findBotocore asks Python where botocore's models are, and which version they are of.
func findBotocore() (data, version string, err error) {
	const script = `import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), "data")); print(botocore.__version__)`
	b, err := exec.Command("python3", "-c", script).Output()
	if err != nil {
		return "", "", fmt.Errorf("find botocore with python3: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != 2 {
		return "", "", fmt.Errorf("find botocore: python3 answered %q", b)
	}
	return strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1]), nil
}

func generate(data, version, out, service string) error {
	m, err := readModel(data, service)
	if err != nil {
		return err
	}
	model, err := m.trim()
	if err != nil {
		return err
	}
	types, err := m.goTypes(service, version)
	if err != nil {
		return err
	}
	dir := filepath.Join(out, service)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "model.json"), model, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "types.go"), types, 0o644)
}
