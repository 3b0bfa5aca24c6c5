package api

import "github.com/hayon/hayon"

// Preview is a post as each platform would get it: the post, with more said of its targets and parts.
type Preview struct {
	Post
	// Targets are those of the post, in their order.
	Targets []TargetPreview `json:"targets"`
}

// TargetPreview is a target and what would become of it.
type TargetPreview struct {
	Target
	Parts []PartPreview `json:"parts"`
	// Problems are all reasons why it would be refused.
	Problems []string `json:"problems,omitempty"`
}

// PartPreview is a part and what is known of it beside its text and media.
type PartPreview struct {
	Part
	hayon.PartPreview
}

// PreviewOf is p as users see it; see [PostOf].
func PreviewOf(p *hayon.Preview, accounts map[hayon.AccountID]*hayon.Account) Preview {
	out := Preview{Post: PostOf(p.Post, accounts)}
	out.Targets = make([]TargetPreview, len(out.Post.Targets))
	for i := range out.Post.Targets {
		t := TargetPreview{Target: out.Post.Targets[i]}
		t.Parts = make([]PartPreview, len(t.Target.Parts))
		for j := range t.Target.Parts {
			t.Parts[j].Part = t.Target.Parts[j]
			if i < len(p.Targets) && j < len(p.Targets[i].Parts) {
				t.Parts[j].PartPreview = p.Targets[i].Parts[j]
			}
		}
		if i < len(p.Targets) {
			t.Problems = p.Targets[i].Problems
		}
		out.Targets[i] = t
	}
	return out
}

// Domain is the preview that a face works with; see [Post.Domain].
func (p *Preview) Domain() *hayon.Preview {
	post := p.Post
	post.Targets = make([]Target, len(p.Targets))
	out := &hayon.Preview{Targets: make([]hayon.TargetPreview, len(p.Targets))}
	for i := range p.Targets {
		t := p.Targets[i].Target
		t.Parts = nil
		out.Targets[i].Problems = p.Targets[i].Problems
		for _, part := range p.Targets[i].Parts {
			t.Parts = append(t.Parts, part.Part)
			out.Targets[i].Parts = append(out.Targets[i].Parts, part.PartPreview)
		}
		post.Targets[i] = t
	}
	out.Post = post.Domain()
	return out
}
