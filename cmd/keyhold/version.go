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
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " (" + s.Value[:min(12, len(s.Value))] + ")"
			}
		}
	}
	_, err := fmt.Fprintln(std.out, "keyhold "+version+commit)
	return err
}
