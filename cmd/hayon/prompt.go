package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/hayon/hayon"
)

// mayAsk reports whether a person is there to answer.
func (a *app) mayAsk() bool {
	return a.io.inTTY && a.io.errTTY && !a.flags.noInput && !a.isCI()
}

// hintNoAnswer is for input that ended where an answer was expected.
const hintNoAnswer = "run it on a terminal, or give by a flag what is asked"

// prompt asks for a line.
func (a *app) prompt(ctx context.Context, question string) (string, error) {
	_, _ = fmt.Fprint(a.io.err, question)
	line, err := await(ctx, func() (string, error) { return bufio.NewReader(a.io.in).ReadString('\n') })
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil && line == "" {
		_, _ = fmt.Fprintln(a.io.err) // the question stands on a line without an end
		return "", hayon.Errorf(hayon.CodeUsage, "there was no answer").WithHint(hintNoAnswer).WithCause(err)
	}
	return strings.TrimSpace(line), nil
}

// promptSecret asks for a line without echo.
func (a *app) promptSecret(ctx context.Context, question string) (hayon.Secret, error) {
	_, _ = fmt.Fprint(a.io.err, question)
	b, err := a.io.readPassword(ctx)
	_, _ = fmt.Fprintln(a.io.err)
	if ctx.Err() != nil {
		return hayon.Secret{}, context.Cause(ctx)
	}
	if err != nil {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "there was no answer").WithHint(hintNoAnswer).WithCause(err)
	}
	if len(b) == 0 {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "the answer was empty")
	}
	return hayon.NewSecret(b), nil
}

// confirm asks a question whose safe answer is no. Where nobody can answer, the flag that does is
// named.
func (a *app) confirm(ctx context.Context, question string) error {
	if a.flags.yes {
		return nil
	}
	if !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "this needs a confirmation, and nobody is there to give it").WithHint("add --yes")
	}
	answer, err := a.prompt(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes") {
		return hayon.Errorf(hayon.CodeUsage, "not confirmed; nothing was changed").WithHint("answer y, or add --yes")
	}
	return nil
}

// passphrase is the one of the vault: from the environment, else from a prompt, twice for a new
// vault.
func (a *app) passphrase(ctx context.Context, confirm bool) (hayon.Secret, error) {
	if v, ok := a.getenv("HAYON_VAULT_PASSPHRASE"); ok && v != "" {
		return hayon.NewSecret([]byte(v)), nil
	}
	if !a.mayAsk() {
		return hayon.Secret{}, nil // the vault says what to do
	}
	question := "Passphrase of the vault: "
	if confirm {
		question = "A new passphrase, to seal the credentials with: "
	}
	first, err := a.promptSecret(ctx, question)
	if err != nil || !confirm {
		return first, err
	}
	second, err := a.promptSecret(ctx, "The same again: ")
	if err == nil && !first.Equal(second) {
		err = hayon.Errorf(hayon.CodeUsage, "the two passphrases differ; nothing was stored").
			WithHint("begin again, and type the same one twice: no one can open the vault without it")
	}
	return first, err
}
