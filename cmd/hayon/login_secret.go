package main

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/hayon/hayon"
)

// credentials completes a sign-in: by a page of the platform where it has one and no token was given,
// else by its secret.
func (o *loginOptions) credentials(ctx context.Context, b *backend, p hayon.Provider, in hayon.SignIn) (hayon.SignIn, error) {
	info := p.Info()
	_, byPage := p.(hayon.BrowserSignIn)
	given := o.passwordStdin || o.tokenFile != ""
	switch {
	case !byPage && (o.web || o.noBrowser):
		return in, hayon.Errorf(hayon.CodeUsage, "%s has no sign-in by browser", info.Title).WithHint("leave out --web and --no-browser")
	case byPage && !given && (o.web || o.noBrowser || o.app.mayAsk()):
		return o.bySignInPage(ctx, b, in)
	case byPage && !given:
		return in, hayon.Errorf(hayon.CodeUsage, "%s needs a browser or a token, and nobody is there to answer", info.Title).
			WithHint("give a token: hayon login " + info.Name + " … --token-file FILE   or type its code: --no-browser")
	}
	var err error
	in.Secret, err = o.secret(ctx, info)
	return in, err
}

// secret reads the password: from standard input or a file, or by a prompt without echo.
func (o *loginOptions) secret(ctx context.Context, info hayon.ProviderInfo) (hayon.Secret, error) {
	a := o.app
	field := secretField(info)
	switch {
	case field == nil:
		return hayon.Secret{}, nil
	case o.tokenFile != "" && o.tokenFile != "-":
		b, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "--token-file %s cannot be read: %w", o.tokenFile, err).WithHint("check the path")
		}
		if b = bytes.TrimSpace(b); len(b) == 0 {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "--token-file %s is empty", o.tokenFile).WithHint("write the token into it")
		}
		return hayon.NewSecret(b), nil
	case o.passwordStdin || o.tokenFile == "-":
		b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.io.in, 1<<16)) })
		if ctx.Err() != nil {
			return hayon.Secret{}, context.Cause(ctx)
		}
		if err != nil {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err)
		}
		b = bytes.TrimRight(b, "\r\n")
		if len(b) == 0 {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "standard input holds no password").
				WithHint(`printf %s "$APP_PASSWORD" | hayon login ` + info.Name + " … --password-stdin")
		}
		return hayon.NewSecret(b), nil
	case !a.mayAsk():
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, field.Title).
			WithHint(`printf %s "$APP_PASSWORD" | hayon login ` + info.Name + " … --password-stdin")
	}
	return a.promptSecret(ctx, field.Title+": ")
}

func secretField(info hayon.ProviderInfo) *hayon.Field {
	for i := range info.Fields {
		if info.Fields[i].Secret {
			return &info.Fields[i]
		}
	}
	return nil
}
