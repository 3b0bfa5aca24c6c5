package main

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// roster are the accounts of a user. The request of a stored post names them by their ids, people by
// their names.
type roster []*hayon.Account

// name is what a person calls the account with this id; any other word stays as it is.
func (r roster) name(word string) string {
	if a := r.find(word); a != nil {
		return a.Name
	}
	return word
}

// word is a name that means the account with this id and no other: where the name of its platform means
// another account by now, the id.
func (r roster) word(word string) string {
	if name := r.name(word); r.id(name) == word {
		return name
	}
	return word
}

// id is the id of the one account that a name means; groups, "all" and what is not connected stay words.
func (r roster) id(name string) string {
	name = strings.TrimSpace(name)
	_, _, named := strings.Cut(name, "/")
	for _, a := range r {
		if named && a.Name == name || !named && a.Default && a.Platform == name {
			return a.ID.String()
		}
	}
	return name
}

// find is the account with this id; nil where it is not there, or the word no id.
func (r roster) find(word string) *hayon.Account {
	for _, a := range r {
		if a.ID.String() == word {
			return a
		}
	}
	return nil
}

// accountID is the form of the id of an account in a sentence.
var accountID = regexp.MustCompile(`a_[0-9a-z]{20}`)

// named is err with the names of accounts in the place of their ids, and with the flag that adds one here.
func (r roster) named(err error, add string) error {
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || !accountID.MatchString(e.Message+e.Hint) {
		return err
	}
	out := *e
	out.Message = accountID.ReplaceAllStringFunc(e.Message, r.name)
	out.Hint = strings.ReplaceAll(accountID.ReplaceAllStringFunc(e.Hint, r.name), "add it: --to ", "add it: "+add+" ")
	return &out
}

// isAccount reports whether a word is the id of an account, whether it is still there or not.
func isAccount(word string) bool {
	_, err := hayon.ParseAccountID(word)
	return err == nil
}

// renamed is c, a copy of its own, with another word for each account in it.
func renamed(c hayon.PostCreate, word func(string) string) hayon.PostCreate {
	list := func(in []string) []string {
		if in == nil {
			return nil
		}
		out := make([]string, len(in))
		for i, s := range in {
			out[i] = word(s)
		}
		return out
	}
	c.To, c.Not = list(c.To), list(c.Not)
	c.Texts, c.Options = maps.Clone(c.Texts), maps.Clone(c.Options)
	for _, key := range slices.Sorted(maps.Keys(c.Texts)) {
		if body, to := c.Texts[key], word(key); to != key {
			delete(c.Texts, key)
			c.Texts[to] = body
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Options)) {
		own := maps.Clone(c.Options[key])
		if key != "" {
			delete(c.Options, key)
			key = word(key)
		}
		c.Options[key] = own
	}
	c.Parts, c.Langs, c.Labels, c.Media = slices.Clone(c.Parts), slices.Clone(c.Langs), slices.Clone(c.Labels), slices.Clone(c.Media)
	for i := range c.Media {
		c.Media[i].For = list(c.Media[i].For)
	}
	if c.Poll != nil {
		poll := *c.Poll
		poll.Options = slices.Clone(poll.Options)
		c.Poll = &poll
	}
	return c
}

// without is c without the accounts of which gone says so, and what is for them alone.
func without(c hayon.PostCreate, gone func(word string) bool) hayon.PostCreate {
	c = renamed(c, func(s string) string { return s })
	c.To = slices.DeleteFunc(c.To, gone)
	maps.DeleteFunc(c.Texts, func(key, _ string) bool { return gone(key) })
	maps.DeleteFunc(c.Options, func(key string, _ map[string]string) bool { return key != "" && gone(key) })
	var media []hayon.MediaInput
	for _, m := range c.Media {
		all := len(m.For) == 0
		if m.For = slices.DeleteFunc(m.For, gone); all || len(m.For) > 0 {
			media = append(media, m)
		}
	}
	c.Media = media
	return c
}
