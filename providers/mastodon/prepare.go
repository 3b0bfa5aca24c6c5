package mastodon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// draft is the body of a status, as it is sent.
// Source: https://docs.joinmastodon.org/methods/statuses/#create, read 2026-11-20.
type draft struct {
	Status      string   `json:"status"`
	MediaIDs    []string `json:"media_ids,omitempty"`
	Poll        *poll    `json:"poll,omitempty"`
	InReplyToID string   `json:"in_reply_to_id,omitempty"`
	QuotedID    string   `json:"quoted_status_id,omitempty"`
	Sensitive   *bool    `json:"sensitive,omitempty"`
	SpoilerText string   `json:"spoiler_text,omitempty"`
	Visibility  string   `json:"visibility,omitempty"`
	Language    string   `json:"language,omitempty"`
	QuotePolicy string   `json:"quote_approval_policy,omitempty"`
	ContentType string   `json:"content_type,omitempty"`
	LocalOnly   *bool    `json:"local_only,omitempty"`
}

// The names of what is noted beside the bytes.
const (
	handleKey     = "key"     // the idempotency key, where it is not the part's own
	handleWaiting = "waiting" // numbers of the media that the instance still processes
	handleReblog  = "reblog"  // the id of what is reposted
	handleReply   = "reply"   // the id of what the first part answers
	handleSeenBy  = "seen_by" // the visibility of an answer where the author names none
	handleQuote   = "quote"   // the id of what is quoted
	handleLink    = "link"    // the address of what is quoted, where that stands in the text
)

func handleMedia(i int) string { return fmt.Sprintf("media_%d", i+1) }
func handleHash(i int) string  { return fmt.Sprintf("media_%d_sha256", i+1) }

// pollEvery is how long to wait before an instance is asked again whether media are processed.
const pollEvery = 2 * time.Second

// Prepare uploads the media of a part and answers the body of the status. Where the instance processes
// them, it is to be asked again with what it answered.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	a := s.Account()
	who, part := about(a), r.Part()
	if part.Repost != nil {
		return p.prepareRepost(ctx, s, r, who)
	}
	d, err := p.draft(a, r.Target, part, who)
	if err != nil {
		return nil, err
	}
	if part.Idem == "" {
		return nil, who.errorf(hayon.CodeInvalid, "the part has no idempotency key")
	}
	out := started(a, r)
	if err := p.answer(ctx, s, r, d, out, who); err != nil {
		return nil, err
	}
	if err := p.quote(ctx, s, r, d, out, who); err != nil {
		return nil, err
	}
	if err := p.attach(ctx, s, r, out, who); err != nil {
		return nil, err
	}
	for i := range part.Media {
		d.MediaIDs = append(d.MediaIDs, out.Handles[handleMedia(i)])
	}
	if out.Data, err = json.Marshal(d); err != nil {
		return nil, err
	}
	if len(out.Handles) == 0 {
		out.Handles = nil
	}
	return out, nil
}

// started is what an earlier Prepare has found out and uploaded, or nothing.
func started(a *hayon.Account, r hayon.PrepareRequest) *hayon.Prepared {
	out := &hayon.Prepared{Handles: make(map[string]string)}
	if r.Earlier == nil || len(r.Earlier.Data) == 0 {
		return out
	}
	maps.Copy(out.Handles, r.Earlier.Handles)
	out.Expires, out.Root, out.Notes = r.Earlier.Expires, r.Earlier.Root, slices.Clone(r.Earlier.Notes)
	if rulesOf(a).pinsErrors && r.Earlier.ReadyAt.IsZero() {
		out.Handles[handleKey] = nextKey(cmp.Or(out.Handles[handleKey], r.Part().Idem))
	}
	return out
}

// nextKey is the key after a refusal, which an instance that keeps its refusals has noted under key.
func nextKey(key string) string {
	base, n, _ := strings.Cut(key, ".")
	count, err := strconv.Atoi(n)
	if err != nil {
		count = 1
	}
	return base + "." + strconv.Itoa(count+1)
}

// draft is the part with the account's own defaults, checked against what its instance allows.
func (p *Provider) draft(a *hayon.Account, t *hayon.Target, part *hayon.Part, who subject) (*draft, error) {
	info := p.Info().For(a)
	for name, value := range t.Options {
		o, ok := info.Option(name)
		if !ok {
			return nil, who.errorf(hayon.CodeInvalid, "%s has no option %q", hostOf(a.Host), name)
		}
		if err := o.Check(value); err != nil {
			return nil, who.errorf(hayon.CodeInvalid, "%s", err.Error()).WithHint(hayon.AsError(err).Hint)
		}
	}
	var extra map[string]string
	if a.Server != nil {
		extra = a.Server.Extra
	}
	quotes, err := quotePolicy(t.Options)
	if err != nil {
		return nil, who.errorf(hayon.CodeInvalid, "%s", err.Message).WithHint(err.Hint)
	}
	d := &draft{
		Status:      text.Normalize(part.Text),
		Poll:        pollOf(part.Poll),
		SpoilerText: text.Normalize(t.Options[hayon.OptionWarning]),
		Visibility:  visibility(cmp.Or(t.Options[hayon.OptionVisibility], extra[extraPrivacy])),
		Language:    language(part.Langs, extra[extraLanguage]),
		QuotePolicy: quotes,
		ContentType: t.Options[optionContentType],
		LocalOnly:   boolOf(t.Options[optionLocalOnly]),
		Sensitive:   boolOf(cmp.Or(t.Options[hayon.OptionSensitive], extra[extraSensitive])),
	}
	if d.SpoilerText != "" { // the instance would say so itself
		d.Sensitive = new(bool)
		*d.Sensitive = true
	}
	if err := p.check(info, part, d, who); err != nil {
		return nil, err
	}
	for i, m := range part.Media {
		if err := checkThumb(info, rulesOf(a), i, m, who); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// quotePolicy is who may quote, by the server's word; "" leaves it to the account.
func quotePolicy(options map[string]string) (string, *hayon.Error) {
	policy, forbids := options[optionQuotes], boolOf(options[hayon.OptionNoQuotes])
	switch {
	case policy == "" && forbids != nil && *forbids:
		return quotesNobody, nil
	case policy != "" && forbids != nil && *forbids != (policy == quotesNobody):
		return "", hayon.Errorf(hayon.CodeInvalid, "%s is %s, and %s is %t", optionQuotes, policy, hayon.OptionNoQuotes, *forbids).
			WithHint("give one of the two")
	}
	return policy, nil
}

// visibility is the server's word for who sees a status.
func visibility(v string) string {
	if v == hayon.VisibilityFollowers {
		return "private"
	}
	return v
}

// visibilityOf is our word for the server's.
func visibilityOf(v string) string {
	if v == "private" {
		return hayon.VisibilityFollowers
	}
	return v
}

func boolOf(s string) *bool {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return nil
	}
	return &b
}

// language is the code of the first language: of two or three letters, since that is what instances
// know, but for the three kinds of Chinese.
func language(langs []string, own string) string {
	if len(langs) == 0 || langs[0] == "" {
		return own
	}
	switch strings.ToLower(langs[0]) {
	case "zh-cn":
		return "zh-CN"
	case "zh-hk":
		return "zh-HK"
	case "zh-tw":
		return "zh-TW"
	}
	code, _, _ := strings.Cut(strings.ToLower(langs[0]), "-")
	return code
}

// check refuses what the instance would refuse, before anything is uploaded.
func (p *Provider) check(info hayon.ProviderInfo, part *hayon.Part, d *draft, who subject) error {
	switch {
	case info.NeedsMedia && len(part.Media) == 0:
		return who.errorf(hayon.CodeInvalid, "the server takes no post without a picture or video")
	case d.Status == "" && d.SpoilerText == "" && len(part.Media) == 0:
		return who.errorf(hayon.CodeInvalid, "there is no text and no picture")
	}
	if n, most := length(info, d); n > most {
		return who.errorf(hayon.CodeInvalid, "text has %d of %d characters", n, most)
	}
	if err := checkPoll(info, part, d.Poll, who); err != nil {
		return err
	}
	if most, ok := info.Limit(hayon.LimitImages, hayon.UnitItems); ok && int64(len(part.Media)) > most {
		return who.errorf(hayon.CodeInvalid, "%d of %d media", len(part.Media), most)
	}
	for i, m := range part.Media {
		if err := checkMedium(info, i, m, who); err != nil {
			return err
		}
		if len(part.Media) > 1 && slices.ContainsFunc(info.Alone, func(kind string) bool { return strings.HasPrefix(m.Type, kind) }) {
			return who.errorf(hayon.CodeInvalid, "%s must stand alone in its post", nameOf(i, m))
		}
	}
	return nil
}

// length is how much of its limit the text takes up; 0 of 0 where there is none.
func length(info hayon.ProviderInfo, d *draft) (n, most int64) {
	l, ok := limitOf(info, hayon.LimitText)
	if !ok {
		return 0, 0
	}
	return int64(text.Length(text.Rule{Unit: text.Unit(l.Unit), URL: int(l.URL)}, d.Status, d.SpoilerText)), l.Max
}

// limitOf is the first limit of a subject.
func limitOf(info hayon.ProviderInfo, of string) (hayon.Limit, bool) {
	i := slices.IndexFunc(info.Limits, func(l hayon.Limit) bool { return l.Of == of })
	if i < 0 {
		return hayon.Limit{}, false
	}
	return info.Limits[i], true
}

func checkMedium(info hayon.ProviderInfo, i int, m hayon.Attachment, who subject) error {
	if !slices.Contains(info.MediaTypes, m.Type) {
		return who.errorf(hayon.CodeInvalid, "%s is %s, which the server does not take", nameOf(i, m), m.Type).
			WithDetail("media_types", info.MediaTypes)
	}
	of := hayon.LimitImage
	if !strings.HasPrefix(m.Type, "image/") {
		of = hayon.LimitVideo
	}
	if most, ok := info.Limit(of, hayon.UnitBytes); ok && m.Bytes > most {
		return who.errorf(hayon.CodeInvalid, "%s has %d of %d bytes", nameOf(i, m), m.Bytes, most)
	}
	if most, ok := info.Limit(of, hayon.UnitPixels); ok && int64(m.Width)*int64(m.Height) > most {
		return who.errorf(hayon.CodeInvalid, "%s has %d of %d pixels", nameOf(i, m), int64(m.Width)*int64(m.Height), most)
	}
	if most, ok := info.Limit(hayon.LimitAlt, hayon.UnitCodePoints); ok {
		if n := text.Count(text.CodePoints, m.Alt); int64(n) > most {
			return who.errorf(hayon.CodeInvalid, "the description of %s has %d of %d characters", nameOf(i, m), n, most)
		}
	}
	if m.Focus != nil {
		if err := m.Focus.Check(); err != nil {
			return who.errorf(hayon.CodeInvalid, "%s: %s", nameOf(i, m), err.Error())
		}
	}
	return nil
}

// checkThumb refuses a thumbnail that would be sent and refused.
func checkThumb(info hayon.ProviderInfo, rules software, i int, m hayon.Attachment, who subject) error {
	if !takesThumb(rules, m) {
		return nil
	}
	if !strings.HasPrefix(m.Thumb.Type, "image/") || !slices.Contains(info.MediaTypes, m.Thumb.Type) {
		return who.errorf(hayon.CodeInvalid, "the thumbnail of %s is %s, which the server does not take", nameOf(i, m), m.Thumb.Type)
	}
	if most, ok := info.Limit(hayon.LimitImage, hayon.UnitBytes); ok && m.Thumb.Bytes > most {
		return who.errorf(hayon.CodeInvalid, "the thumbnail of %s has %d of %d bytes", nameOf(i, m), m.Thumb.Bytes, most)
	}
	return nil
}

func nameOf(i int, m hayon.Attachment) string {
	kind, _, _ := strings.Cut(m.Type, "/")
	if kind != "video" && kind != "audio" {
		kind = "image"
	}
	if m.Name == "" {
		return fmt.Sprintf("%s %d", kind, i+1)
	}
	return fmt.Sprintf("%s %d (%s)", kind, i+1, m.Name)
}
