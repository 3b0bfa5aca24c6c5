package main

import (
	"context"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
)

// appSecrets is how the references of secrets begin that belong to no account: registrations with
// servers, which are made anew at the next sign-in.
const appSecrets = "app/"

// forgetVault removes the vault with what opens it, where it holds nothing that is still needed.
func (a *app) forgetVault(ctx context.Context) error {
	info, err := vault.Inspect(a.paths.data)
	if err != nil || !info.Exists {
		return err
	}
	v, err := a.openVault(ctx, coreConfig{})
	if err != nil {
		return err
	}
	refs, err := v.Refs(ctx)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if !strings.HasPrefix(ref, appSecrets) {
			a.say("What opens the credentials stays: webhooks need it. Remove them: hayon webhook list")
			return nil
		}
	}
	d, ok := v.(vault.Destroyer)
	if !ok {
		return hayon.Errorf(hayon.CodeInternal, "the vault cannot be removed")
	}
	if err := d.Destroy(ctx); err != nil {
		return err
	}
	a.say("Removed what opened the credentials")
	return nil
}
