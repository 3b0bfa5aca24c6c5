// Package blueskytest has a stand-in for Bluesky's video service, for tests before a real server.
//
//	video := blueskytest.NewVideoService(t, pds.URL())
//	p := bluesky.New(bluesky.Config{VideoService: video.URL})
//
// It is strict: tokens, lengths, types and names that the real service would refuse fail the test.
package blueskytest
