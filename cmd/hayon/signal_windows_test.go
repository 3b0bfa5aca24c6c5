package main

import "os"

// exitTerminated is how a program ends that terminate has ended.
const exitTerminated = 1

func terminate(p *os.Process) error { return p.Kill() }
