package main

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryListHasFormats: each command that prints a list prints it in every format, and the same
// things in each.
func TestEveryListHasFormats(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase")
	u.write(t, "hayon.toml", []byte("[delivery]\nwaits = []\n[[hook]]\nname = \"chat\"\ncommand = [\"true\"]\n"))
	u.env = append(u.env, "HAYON_CONFIG="+u.dir+"/hayon.toml")
	u.must(t, 0, "", "login", "demo")
	u.must(t, 0, "", "post", "a, \"b\"", "--to", "site,demo")
	u.must(t, 0, "", "group", "create", "launch", "demo", "site")
	u.must(t, 0, "", "people", "add", "ada", "bluesky=ada.example.org", "demo=ada", "--title", "Ada, \"the Countess\"")
	u.must(t, 0, "", "template", "create", "release", "--text", "{{name|\"Hayon\"}} {{version}},\nis out")
	u.must(t, 0, "", "webhook", "add", "https://example.org/hook")
	stick(t, u)
	found := 0
	walk(newTestApp().rootCommand(), func(c *cobra.Command) {
		if !isList(c) || c.Name() == "check" { // what check lists is what is wrong: see its script
			return
		}
		found++
		args := strings.Fields(c.CommandPath())[1:]
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			rows := strings.Count(u.must(t, 0, "", args...).out, "\n")
			if rows == 0 {
				t.Error("the list is empty")
			}
			table, err := csv.NewReader(strings.NewReader(u.must(t, 0, "", append(slices.Clone(args), "-o", "csv")...).out)).ReadAll()
			if err != nil || len(table) != rows+1 {
				t.Fatalf("%d rows of csv under the head, want %d: %v", len(table)-1, rows, err)
			}
			for i, name := range table[0] {
				if name == "" || strings.ToLower(name) != name || slices.Index(table[0], name) != i {
					t.Errorf("the head is %q", table[0])
				}
			}
			values := 0
			d := json.NewDecoder(strings.NewReader(u.must(t, 0, "", append(slices.Clone(args), "-o", "ndjson")...).out))
			for ; d.More(); values++ {
				var item map[string]any
				if err := d.Decode(&item); err != nil {
					t.Fatal(err)
				}
			}
			ids := strings.Count(u.must(t, 0, "", append(slices.Clone(args), "-o", "ids")...).out, "\n")
			if values != rows || ids > rows || ids == 0 {
				t.Errorf("%d values and %d ids of %d rows", values, ids, rows)
			}
		})
	})
	if found < 11 {
		t.Errorf("there are only %d lists", found)
	}
}

// stick gives a user a dead letter and a parked post. There is no retry: delivery.waits is empty.
func stick(t *testing.T, u *user) {
	t.Helper()
	u.must(t, 0, "", "login", "demo", "--alias", "refuses", "--set", "fault=rejected:1")
	u.must(t, 7, "", "post", "refused", "--to", "demo/refuses")
	u.must(t, 0, "", "login", "demo", "--alias", "loses", "--set", "class=C,fault=expired:1")
	u.must(t, 8, "", "post", "lost", "--to", "demo/loses")
}
