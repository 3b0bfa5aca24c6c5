// Package api is what goes over the wire of Hayon's own HTTP surface, /api/v2: the types of
// requests and answers, the routes as data, the form of an error, and the OpenAPI document.
// Package server speaks it on one side and package client on the other, and the command line
// prints a [Post] of this package, so that a post looks the same over a socket, from the database
// file, and in --json.
//
//	shown := api.PostOf(post, accounts)        // a post as users and programs see it
//	json.NewEncoder(os.Stdout).Encode(shown)
//	back, err := shown.Domain()                // the hayon.Post that a face works with
//
// What it guarantees:
//
//   - PostOf and Domain are inverse as far as a face can see: api.PostOf of what Domain answers is
//     the same api.Post again.
//   - What is unknown is left out. Members are added and never change their meaning.
//   - Times are RFC 3339. When a post goes out is told with the offset of the post's own zone,
//     everything else in UTC.
//   - Spans of time that people write are [Duration]s; those that are measured, in [hayon.Event] and
//     [hayon.Status], are whole nanoseconds.
//   - Secrets are written by [EncodeSignIn] and [EncodeCreatedWebhook] alone; no other function of the
//     package marshals one.
//
// It holds no handler, no client and no rule: what a request may do is decided by the services.
// Bodies that are the same on both sides of a service ([hayon.PostChangeRequest],
// [hayon.PostResolve], [hayon.WebhookCreate], [hayon.Event], [hayon.Status]) are used as they are.
package api
