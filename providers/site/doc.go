// Package site publishes to a folder on disk: one Markdown file with front matter a post, its
// pictures beside it, and two feeds, feed.json (JSON Feed 1.1) and feed.xml (Atom). The folder
// is meant to be public: the source of a static site, or served as it is.
//
//	p := site.New(site.Config{Dir: "/home/alice/site"})
//
// makes of "Hello, world!", due on 2026-11-20:
//
//	2026-11-20-hello-world-9qx1.md    the post: front matter, then the text as it was written
//	2026-11-20-hello-world-9qx1-1.png its first picture
//	feed.json, feed.xml               the newest 50 posts
//	.hayon/                           lock, index, pictures of posts that are not out yet
//
// What it guarantees:
//
//   - The name of the file is fixed when the target is made, so the provider is of class A:
//     a repeat changes nothing, and whether a post is out is read from the folder.
//   - A video (MP4) is a file like a picture; in the Markdown it is a link, with the picture that stands for
//     it where one is given, and in the feeds a player.
//   - A file appears whole or not at all (temporary file, fsync, rename), the post after its
//     pictures and before the feeds. A crash between two of them is made good by the next
//     post or by Reconcile.
//   - Processes that publish at the same time take turns, so no entry of a feed is lost.
//   - A file that is not ours is never overwritten, and nothing outside of the folder is
//     touched, also where links inside of it lead there.
//   - Posts that were edited or deleted by hand are followed by the feeds at the next post.
//   - Delete takes a post out of the feeds, then removes its pictures and its file. Edit writes its
//     file anew, with the time of the change, unless somebody changed it by hand.
//   - A post with the visibility unlisted is written like any other, with "visibility: unlisted" in its
//     front matter, and is in no feed; what a site generator makes of it is the generator's. Of a
//     content warning (cw) come the title, the summary and the name of the file, and the feeds show it
//     before the text, so that nothing gives away what it warns of.
//
// A title (title) is the title of the file and of its entries in the feeds, and part of the file's name;
// where there is none, the warning or the first line stands for it, and JSON Feed has no title. Tags (tags)
// come beside the hashtags of the text. What a post answers is in_reply_to in its front matter, a link of
// the class u-in-reply-to in the feeds, and an element of the threading extension in Atom. A card is left
// to whoever shows the page, and a quote is an address in the text.
//
// The index is a cache: without it, or where it is damaged, it is made again from the files.
//
// It does not turn Markdown into pages: that is the static site generator's job. The feeds
// carry the text as paragraphs with links, not as rendered Markdown.
package site
