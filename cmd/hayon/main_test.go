package main

import (
	"maps"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program as well: under the name hayon it runs main and nothing
// else. Every test finds hayon in PATH.
func TestMain(m *testing.M) {
	programs := map[string]func(){"hayon": main}
	maps.Copy(programs, helperPrograms())
	testscript.Main(m, programs)
}
