// Command hayon composes, schedules and publishes social posts from a terminal, a cron job or a CI
// pipeline.
//
// This package is the command line and the only place that knows every other one: it reads flags,
// environment and configuration, and wires store, vault, providers, scheduler and worker together.
// A command is a constructor and a run function; all that it does is a call of a root service, which
// either runs in this process on the opened database or is reached over the daemon's socket.
//
// The rules that every command keeps: results on stdout, everything else on stderr; prompts only on
// a terminal; errors with a hint; exit codes from the table in "hayon help exit-codes".
package main
