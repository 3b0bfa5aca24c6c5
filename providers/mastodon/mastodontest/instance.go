package mastodontest

import (
	"strings"
	"time"
)

func (c *call) nodeInfoLinks() *Answer {
	return ok(obj{"links": []obj{{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": c.s.URL + "/nodeinfo/2.0"}}})
}

// softwareVersion is the version that nodeinfo gives. Relatives claim to be a Mastodon elsewhere:
// "2.7.2 (compatible; Pleroma 2.9.1)".
func (c Config) softwareVersion() string {
	if _, own, found := strings.Cut(c.Version, "(compatible; "); found {
		_, version, _ := strings.Cut(strings.TrimSuffix(own, ")"), " ")
		return version
	}
	return c.Version
}

func (c *call) nodeInfo() *Answer {
	return ok(obj{
		"version": "2.0", "software": obj{"name": c.s.cfg.Software, "version": c.s.cfg.softwareVersion()},
		"protocols": []string{"activitypub"}, "services": obj{"outbound": []string{}, "inbound": []string{}},
		"usage": obj{"users": obj{"total": len(c.s.users)}, "localPosts": len(c.s.statuses)}, "openRegistrations": false, "metadata": obj{},
	})
}

func (c *call) oauthServer() *Answer {
	base := c.s.URL
	return ok(obj{
		"issuer": base + "/", "service_documentation": "https://docs.joinmastodon.org/", "authorization_endpoint": base + "/oauth/authorize",
		"token_endpoint": base + "/oauth/token", "app_registration_endpoint": base + "/api/v1/apps", "revocation_endpoint": base + "/oauth/revoke",
		"userinfo_endpoint": base + "/oauth/userinfo", "scopes_supported": c.s.cfg.Scopes, "response_types_supported": []string{"code"},
		"response_modes_supported": []string{"query", "fragment", "form_post"}, "code_challenge_methods_supported": []string{"S256"},
		"grant_types_supported":                 []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
}

var mediaTypes = []string{
	"image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif",
	"video/webm", "video/mp4", "video/quicktime", "video/ogg",
	"audio/wav", "audio/ogg", "audio/mpeg", "audio/mp3", "audio/webm", "audio/flac", "audio/aac", "audio/m4a", "audio/mp4",
}

// configuration is what both versions of the instance's description share.
func (c Config) configuration() obj {
	return obj{
		"accounts": obj{"max_featured_tags": 10},
		"statuses": obj{"max_characters": c.MaxChars, "max_media_attachments": c.MaxMedia, "characters_reserved_per_url": c.URLChars},
		"media_attachments": obj{
			"supported_mime_types": mediaTypes, "image_size_limit": c.MaxImageBytes, "image_matrix_limit": imagePixels,
			"video_size_limit": c.MaxVideoBytes, "video_frame_rate_limit": 120, "video_matrix_limit": videoPixels,
		},
		"polls": obj{"max_options": c.MaxPollOptions, "max_characters_per_option": c.MaxPollChars, "min_expiration": max(c.MinPoll, 0), "max_expiration": c.MaxPoll},
	}
}

func (c *call) instanceV2() *Answer {
	cfg := c.s.cfg
	conf := cfg.configuration()
	conf["accounts"].(obj)["max_pinned_statuses"] = 5
	conf["media_attachments"].(obj)["description_limit"] = cfg.MaxDescription
	conf["translation"] = obj{"enabled": false}
	conf["urls"] = obj{"streaming": "wss://" + c.s.Host()}
	version := 2
	switch {
	case cfg.modern(4, 6):
		version = 10
	case cfg.quotes():
		version = 7
	case cfg.modern(4, 4):
		version = 5
	}
	return ok(obj{
		"domain": c.s.Host(), "title": "A test", "version": cfg.Version, "source_url": "https://github.com/mastodon/mastodon", "description": "",
		"usage": obj{"users": obj{"active_month": len(c.s.users)}}, "thumbnail": obj{"url": c.s.URL + "/thumbnail.png"}, "icon": []obj{}, "languages": []string{"en"},
		"configuration": conf, "registrations": obj{"enabled": false, "approval_required": false, "message": nil, "url": nil},
		"contact": obj{"email": "admin@example.org", "account": nil}, "rules": []obj{}, "api_versions": obj{"mastodon": version},
	})
}

func (c *call) instanceV1() *Answer {
	cfg := c.s.cfg
	out := obj{
		"uri": c.s.Host(), "title": "A test", "short_description": "", "description": "", "email": "admin@example.org", "version": cfg.Version,
		"urls": obj{"streaming_api": "wss://" + c.s.Host()}, "stats": obj{"user_count": len(c.s.users), "status_count": len(c.s.statuses), "domain_count": 0},
		"thumbnail": nil, "languages": []string{"en"}, "registrations": false, "approval_required": false, "invites_enabled": false,
		"contact_account": nil, "rules": []obj{},
	}
	if !cfg.NoConfiguration {
		out["configuration"] = cfg.configuration()
		return ok(out)
	}
	if cfg.Software != "mastodon" || cfg.MaxChars != 500 {
		out["max_toot_chars"] = cfg.MaxChars
	}
	if cfg.Software == "pleroma" || cfg.Software == "akkoma" {
		out["upload_limit"], out["description_limit"] = cfg.MaxImageBytes, cfg.MaxDescription
		out["poll_limits"] = obj{"max_options": cfg.MaxPollOptions, "max_option_chars": cfg.MaxPollChars, "min_expiration": max(cfg.MinPoll, 0), "max_expiration": cfg.MaxPoll}
		out["pleroma"] = obj{"metadata": obj{"features": []string{"pleroma_api", "mastodon_api"}}}
	}
	return ok(out)
}

// timestamp is how the API gives a time.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
