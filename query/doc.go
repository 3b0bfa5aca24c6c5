// Package query is the filter language of lists of posts, which the command line and the terminal's
// screens share:
//
//	state:failed to:mastodon label:launch since:monday text "two words" -label:x
//
// A query is terms between white space, and all of them must hold:
//
//	query  = { ["-"] (word | "quoted text" | key ":" value { "," value }) }
//	state: one of draft, scheduled, publishing, published, partial, uncertain, failed, missed, cancelled
//	to:    an account, or a platform, which means all its accounts
//	label: a label, in its letter case
//	source: one of cli, tui, api, feed, apply, mcp
//	since: until:   when the post was written; what [when.ParseSince] reads
//	at:    when it goes out: today, tomorrow, yesterday, week, next-week, last-week, 2026-12-01,
//	       2026-12, and from..to with both ends included
//	sort:  one of newest, oldest, soonest, latest
//
// A comma between the values of state, to and source, and the same key again, lists alternatives. Labels
// and words must all be there. A minus sign excludes. Words are found anywhere in a post, whatever their
// letter case; in quotes they may have blanks, and \" is a quotation mark there. The letter case of keys
// does not matter. A word with a colon that is no key, such as an address, is a word. Refused are one that
// is nearly a key, or that other programs take for one, and whatever could mean two things or fits no post
// at all.
//
// Parsing knows no accounts: [Query.Filter] turns their names into ids. [Query.String] is the one way to
// write a query, and reads again as the same one.
package query
