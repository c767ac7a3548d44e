package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyhold/keyhold/internal/server"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keyhold": main})
}

// TestScript plays the command line in testdata/script.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("KEYHOLD_DATA", env.WorkDir+"/data")
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return repositoryRoot(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready, "eval": eval, "ends": ends,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "boto3":
				return exec.Command("python3", "-c", "import boto3").Run() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}

func repositoryRoot(env *testscript.Env) error {
	dir, err := os.Getwd()
	env.Setenv("REPO", dir+"/../..")
	return err
}

// ready waits until the server on a data directory answers.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready DIR")
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if answers(ts.MkAbs(args[0])) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no server on %s", args[0])
}

func answers(dir string) bool {
	l, err := server.ReadLocal(dir)
	if err != nil {
		return false
	}
	u, err := url.Parse(l.API)
	if err != nil {
		return false
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// ends runs keyhold and holds it to an exit code.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ends CODE ARGUMENTS...")
	}
	code, err := 0, ts.Exec("keyhold", args[1:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code, err = exit.ExitCode(), nil
	}
	if err != nil || strconv.Itoa(code) != args[0] {
		ts.Fatalf("keyhold %s ended with %d, %v", strings.Join(args[1:], " "), code, err)
	}
}

// eval sets the variables that the last command printed, as eval in a shell would.
func eval(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: eval")
	}
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		if name, value, ok := strings.Cut(line, "="); ok {
			ts.Setenv(name, strings.Trim(value, "'"))
		} else if name, ok := strings.CutPrefix(line, "unset "); ok {
			for _, n := range strings.Fields(name) {
				ts.Setenv(n, "")
			}
		}
	}
}
