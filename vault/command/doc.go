// Package command opens a vault by an age identity that a program prints: a password manager, a key
// store of a cloud, a script.
//
// # Guarantees
//
// The program runs by the shell of the system, gets no input, and is ended when the time is over. What
// it prints is used and kept nowhere; what it says on its standard error is shown when it fails. No error
// holds what it printed.
//
// # What it is not
//
// It puts nothing into the program's store: the identity has to be there before the first sign-in.
package command
