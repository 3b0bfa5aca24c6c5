package bluesky_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hayon/hayon/providers/providertest"
)

// record is a post as the server gives it back.
type record struct {
	Text      string   `json:"text"`
	CreatedAt string   `json:"createdAt"`
	Langs     []string `json:"langs"`
	Facets    []facet  `json:"facets"`
	Tags      []string `json:"tags"`
	Embed     embedded `json:"embed"`
	Reply     struct {
		Root, Parent struct{ URI, CID string }
	} `json:"reply"`
	Labels struct {
		Type   string `json:"$type"`
		Values []struct{ Val string }
	} `json:"labels"`
	Subject struct{ URI, CID string } `json:"subject"` // of a repost
}

// embedded is what stands below a text, of whatever kind.
type embedded struct {
	Type         string         `json:"$type"`
	Images       []picture      `json:"images"`
	Items        []picture      `json:"items"`
	External     *external      `json:"external"`
	Video        *blob          `json:"video"`
	Alt          string         `json:"alt"`
	AspectRatio  map[string]int `json:"aspectRatio"`
	Presentation string         `json:"presentation"`
	Media        *embedded      `json:"media"`
	// Record is what is quoted: bare, or one level deeper beside media.
	Record *struct {
		URI, CID string
		Record   *struct{ URI, CID string }
	} `json:"record"`
}

type external struct {
	URI         string `json:"uri"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Thumb       *blob  `json:"thumb"`
}

type blob struct {
	Ref struct {
		Link string `json:"$link"`
	} `json:"ref"`
	MimeType string `json:"mimeType"`
	Size     int    `json:"size"`
}

func (r *record) labels() []string {
	var out []string
	for _, v := range r.Labels.Values {
		out = append(out, v.Val)
	}
	return out
}

type facet struct {
	Index struct {
		ByteStart int `json:"byteStart"`
		ByteEnd   int `json:"byteEnd"`
	} `json:"index"`
	Features []map[string]string `json:"features"`
}

type picture struct {
	Type        string         `json:"$type"`
	Alt         string         `json:"alt"`
	AspectRatio map[string]int `json:"aspectRatio"`
	Image       blob           `json:"image"`
}

// seen is what the suite wants to know of a record.
func (r *record) seen(uri string, gates map[string]gate) providertest.Post {
	post := providertest.Post{
		ID: uri, Text: r.Text, Parent: r.Reply.Parent.URI, Root: r.Reply.Root.URI, Repost: r.Subject.URI,
		Langs: append([]string{}, r.Langs...), Options: make(map[string]string),
	}
	for _, img := range r.Embed.Images {
		post.Alts = append(post.Alts, img.Alt)
	}
	for _, img := range r.Embed.Items {
		post.Alts = append(post.Alts, img.Alt)
	}
	post.Options["tags"] = strings.Join(r.Tags, ",")
	post.Options["replies"] = gates[threadgates+uri].replies()
	if rules := gates[postgates+uri].EmbeddingRules; len(rules) == 1 && rules[0].Type == postgates+"#disableRule" {
		post.Options["no_quotes"] = "true"
	}
	if labels := r.labels(); slices.Equal(labels, []string{"graphic-media"}) {
		post.Options["sensitive"] = "true"
	} else {
		post.Options["labels"] = strings.Join(labels, ",")
	}
	return post
}

// gate is what forbids others something on a post.
type gate struct {
	Type  string `json:"$type"`
	Post  string `json:"post"`
	Allow *[]struct {
		Type string `json:"$type"`
	} `json:"allow"`
	EmbeddingRules []struct {
		Type string `json:"$type"`
	} `json:"embeddingRules"`
	CreatedAt string `json:"createdAt"`
}

// replies is the option that makes such a gate.
func (g gate) replies() string {
	switch {
	case g.Type == "":
		return ""
	case g.Allow == nil:
		return "everyone"
	case len(*g.Allow) == 0:
		return "nobody"
	case len(*g.Allow) > 1:
		return fmt.Sprint(*g.Allow)
	}
	word := strings.TrimPrefix((*g.Allow)[0].Type, threadgates+"#")
	return map[string]string{"followingRule": "following", "mentionRule": "mentioned"}[word]
}
