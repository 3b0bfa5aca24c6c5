// Command minimal is the peer of start-up: a Go program that does nothing but say so.
package main

import "os"

func main() { _, _ = os.Stdout.WriteString("minimal\n") }
