// Package postfile reads and writes posts as files: Markdown with front matter, text, JSON and YAML.
//
//	---
//	to: [bluesky, mastodon, "@launch"]
//	at: 2026-12-01 09:00 Europe/Berlin
//	media:
//	  - {file: dashboard.png, alt: "A month calendar in a terminal"}
//	text:
//	  linkedin: |
//	    A longer text only for LinkedIn.
//	---
//	Shipping 2.0 today.
//	---
//	Second part of the thread.
//
// In Markdown front matter begins in the first line or nowhere, and ends at the next line of only ---. All other
// such lines are part of the text. A file without front matter is text alone, and so is a file whose name ends in
// neither .md, .markdown, .json, .yaml nor .yml. JSON and YAML have the same keys and the text under body.
//
// The keys, in the order in which [Format] writes them:
//
//	id            name of the post that stays when the file is renamed
//	to, not       lists of accounts; also one, or several with commas
//	at, in, draft at most one of them: a time, a span from now, or true
//	if_late       publish, skip or ask; grace: how late it may be
//	title, cw     heading and content warning
//	sensitive     true hides the images
//	visibility    public, unlisted, followers or direct
//	replies       everyone, following, mentioned or nobody
//	no_quotes     true forbids quotes
//	lang          list of languages
//	tags, labels  lists of words; labels are not published
//	note          for the owner alone
//	thread        auto or off; number: as "{i}/{n}", or none
//	reply_to      address or id; excludes continue: true
//	quote, repost address or id
//	card          auto, none or an address
//	poll          {options: [Tea, Coffee], for: 3d, multiple: true, hide_totals: true}
//	alt_policy    require, warn or ignore
//	media         list of paths, or of {file or id, alt, for, thumb, focus: [0.2, -0.5], no_resize: true, strip_exif: false}
//	options       by account or platform: {mastodon: {quote_policy: nobody}}
//	parts         list of further texts of a thread
//	text          other texts, by account
//	published     addresses, by account; written by hayon
//	body          in JSON and YAML: the text
//
// [Parse] tells all that is wrong, each with line, column and what to write. It takes a small part of YAML: no
// anchors, aliases, tags, merge keys and no second document, nothing deeper than 8, at most 256 KiB of it; a file
// has at most 1 MiB. A number where a text is wanted is the text as it is spelled; true and false are no texts. A
// word right behind # in the line of a value is refused: it is a comment to YAML, and a tag to whoever wrote it.
//
// The package opens no files and reads no times, names and ids of posts: who does so reports what is wrong by
// [File.Problem], at the place of the value.
package postfile
