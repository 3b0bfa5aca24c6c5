package api_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func ExamplePostOf() {
	due := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	account := &hayon.Account{ID: hayon.AccountID{11: 3}, Name: "site"}
	post := &hayon.Post{
		ID: hayon.PostID{11: 1}, ShortDigits: 4, Text: "Hello",
		Schedule: hayon.Schedule{At: due, Wall: "2026-12-01T09:00:00", Zone: "Europe/Berlin"},
		Targets: []*hayon.Target{{
			ID: hayon.TargetID{11: 2}, Account: account.ID, Platform: "site", State: hayon.StateScheduled, Due: due,
			Parts: []hayon.Part{{Text: "Hello"}},
		}},
	}
	shown := api.PostOf(post, api.AccountsByID([]*hayon.Account{account}))
	b, _ := json.Marshal(shown.Targets[0])
	fmt.Println(shown.Short, shown.State, shown.At.Format(time.RFC3339))
	fmt.Println(string(b))
	// Output:
	// p_0001 scheduled 2026-12-01T09:00:00+01:00
	// {"id":"t_00000000000000000002","account":"site","account_id":"a_00000000000000000003","platform":"site","state":"scheduled","at":"2026-12-01T09:00:00+01:00","attempts":0,"parts":[{"text":"Hello"}]}
}
