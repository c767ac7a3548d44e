package main

import (
	"fmt"
	"runtime/debug"
)

// version is this release; what the build knows of its commit is added.
const version = "0.1.0-dev"

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(std stdio) error {
	_, err := fmt.Fprintln(std.out, versionLine())
	return err
}

// versionLine names the program, its version and its commit.
func versionLine() string {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " (" + s.Value[:min(12, len(s.Value))] + ")"
			}
		}
	}
	return "keyhold " + version + commit
}
