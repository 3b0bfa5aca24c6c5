// Package providers is the front door to the platforms: it makes all of them, with what they
// share, and finds one by its name.
//
//	r := providers.New(providers.Config{SiteDir: dir, Logger: log})
//	p, err := r.Find("bluesky")
//
// A registry is made and not filled by init functions, so that a program, and a test, has
// exactly the platforms that it asked for. It never changes and is safe for concurrent use.
//
// It is not where a platform is described: each folder below holds one, with its facts and
// their sources, and providertest holds what all of them promise.
package providers
