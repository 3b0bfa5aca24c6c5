package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// readFiles reads the posts in files, and makes their requests with what the flags say over them. Errors are
// those of the command line; what is wrong in a file stands in its problems. Behind -f an argument is a further
// file: a shell spells out what a pattern matches.
func (o *postOptions) readFiles(ctx context.Context, args []string) ([]*postFile, error) {
	for _, arg := range args {
		if arg != stdinFile && !fileExists(arg) && (!looksLikePath(arg) && !strings.ContainsAny(arg, "*?[") || strings.ContainsAny(arg, " \n")) {
			return nil, hayon.Errorf(hayon.CodeUsage, "there are two texts: there is no file %q, and --file brings one", arg).
				WithHint("behind --file name files that are there; to add a part to the text of the file: --part TEXT")
		}
	}
	paths, err := filePaths(o.app.asTyped(slices.Concat(o.files, args)))
	if err != nil {
		return nil, err
	}
	if twice := namedTwice(paths); twice != "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "%s is named twice; nothing was stored", twice).WithHint("name it once")
	}
	end, err := formatEnd(o.format)
	if err != nil {
		return nil, err
	}
	base, err := o.wishes()
	if err != nil {
		return nil, err
	}
	if base.Parts = o.parts; o.readable(base) != nil {
		return nil, o.readable(base)
	}
	if len(paths) > 1 && len(o.alts) > 0 && o.app.typed()["alt"] && !o.app.typed()["media"] { //nolint:contextcheck // nothing is run
		return nil, hayon.Errorf(hayon.CodeUsage, "--alt describes the media of one file, and there are %d", len(paths)).
			WithHint(`describe them in the files: alt: "…"`)
	}
	typed, files := o.app.typed(), make([]*postFile, 0, len(paths)) //nolint:contextcheck // nothing is run
	for _, path := range paths {
		f, err := o.app.parseFile(ctx, path, end)
		if err != nil {
			return nil, err
		}
		if f.typed = typed; f.File != nil {
			if err := o.over(base, f); err != nil {
				return nil, err
			}
		}
		files = append(files, f)
	}
	return files, nil
}

func twoTexts() error {
	return hayon.Errorf(hayon.CodeUsage, "there are two texts: the argument, and --file").WithHint("leave out one of them")
}

// asTyped are the names of files in the order of the command line.
func (a *app) asTyped(names []string) []string {
	rank := func(name string) int {
		return slices.IndexFunc(a.args, func(arg string) bool { return arg == name || arg == "-f"+name || arg == "--file="+name })
	}
	slices.SortStableFunc(names, func(x, y string) int { return rank(x) - rank(y) })
	return names
}

// askWhere asks once for the accounts of those files that nobody names any for.
func (o *postOptions) askWhere(ctx context.Context, files []*postFile) error {
	missing := func(f *postFile) bool { return f.File != nil && len(f.create.To) == 0 && f.create.Repost == "" }
	if !slices.ContainsFunc(files, missing) || slices.ContainsFunc(files, (*postFile).broken) {
		return nil
	}
	to, err := o.askTo(ctx)
	for _, f := range files {
		if missing(f) {
			f.create.To = to
		}
	}
	return err
}

func (f *postFile) broken() bool { return len(f.problems) > 0 }

// filesRun is the work on the files of one command. It outlives the service that it is done with.
type filesRun struct {
	*postOptions

	files []*postFile
	// batch and keys tell the posts of this command, and each of them, from all others.
	batch string
	keys  []string
	// checked: nothing is wrong with any of them.
	checked bool
	posts   []*hayon.Post
	views   []*api.Post
	told    []bool // it was printed, or kept
	exit    int
	kept    []api.Post
}

// runFiles makes posts of files. All are read and checked before the first is stored.
func (o *postOptions) runFiles(ctx context.Context, args []string) error {
	a := o.app
	files, err := o.readFiles(ctx, args)
	if err != nil {
		return err
	}
	if err := o.askWhere(ctx, files); err != nil {
		return err
	}
	r := &filesRun{
		postOptions: o, files: files, keys: make([]string, len(files)), posts: make([]*hayon.Post, len(files)),
		views: make([]*api.Post, len(files)), told: make([]bool, len(files)),
	}
	if len(files) > 1 {
		r.batch = "files-" + requestID()
	}
	if err := r.nameKeys(); err != nil {
		return err
	}
	if len(files) > 1 && (a.flags.json.on || a.flags.output != "") {
		o.keep = func(p *api.Post) error { r.kept = append(r.kept, *p); return nil }
	}
	a.leaveQueued = o.noWait || o.dryRun || len(files) == 1 && files[0].create.Draft
	err = a.steadyService(ctx, r.run)
	return r.end(err)
}

// nameKeys gives each file the key under which a repeat makes nothing new. It is made of the file's id or of its
// name without its folder, in whatever order, beside whatever others, and by whatever path it is named.
func (r *filesRun) nameKeys() error {
	seen := make(map[string]string)
	for i, f := range r.files {
		if r.keys[i] = "auto-" + requestID(); r.key == "" { // a repeat over the other path is no second post
			continue
		}
		name := "name " + filepath.Base(f.name)
		if f.File != nil && f.ID != "" {
			name = "id " + f.ID
		}
		if other, twice := seen[name]; twice && (f.File == nil || f.ID == "") {
			return hayon.Errorf(hayon.CodeUsage, "%s and %s have the same name, and --idempotency-key tells files by that; nothing was stored", other, f.name).
				WithHint("give each of them an id: in the file, as id: launch-1")
		}
		seen[name] = f.name
		r.keys[i] = r.key + "/" + shortHash(name)
		f.create.IdempotencyKey = r.keys[i]
	}
	return nil
}

// run checks and stores all, waits for them, and tells of each. It may be run again; what was done stays done.
func (r *filesRun) run(ctx context.Context, b *backend) error {
	a := r.app
	if err := a.accountsFromEnv(ctx, b); err != nil {
		return err
	}
	if b.core != nil && !r.dryRun {
		if err := b.core.scheduler.Recover(ctx); err != nil {
			return err
		}
	}
	if !r.checked {
		if err := r.check(ctx, b); err != nil {
			return err
		}
		r.checked = true
		r.sayFileNotes()
	}
	if r.dryRun {
		return r.draw(ctx, b)
	}
	if err := r.checkKeys(ctx, b); err != nil {
		return err
	}
	broken := r.storeAll(ctx, b)
	if gone(broken) {
		return broken
	}
	for i := range r.files {
		if r.posts[i] == nil || r.told[i] {
			continue
		}
		if err := r.follow(ctx, b, i); err != nil {
			return err
		}
	}
	return broken
}

// gone reports whether the service went away, so that all may be repeated with another one.
func gone(err error) bool {
	code := hayon.CodeOf(err)
	return err != nil && (held(err) || code == hayon.CodeUnreachable || code == hayon.CodeUnavailable)
}

// check looks at all files, and refuses all where one is wrong.
func (r *filesRun) check(ctx context.Context, b *backend) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	done := r.app.working("Looking at the files")
	defer done()
	for _, f := range r.files {
		if err := f.inspect(ctx, accounts, lookWith(b, false)); err != nil {
			return r.inFile(f, err)
		}
		switch {
		case f.wholeOut() && len(r.files) == 1:
			f.refuseOut()
		case f.wholeOut():
			f.skipOut()
		}
	}
	refuseSameID(r.files)
	if !r.allowDuplicate {
		refuseSame(r.files, "leave out one of the files; where it is no mistake: --allow-duplicate")
	}
	done()
	return r.refuse(ctx)
}

// checkKeys looks at the keys of files with media once those are stored: only then it is known whether they are
// the same as before. It is done for all before the first post is stored.
func (r *filesRun) checkKeys(ctx context.Context, b *backend) error {
	if r.key == "" || len(r.files) == 1 {
		return nil
	}
	for i, f := range r.files {
		if len(f.media) == 0 || f.wholeOut() || r.posts[i] != nil {
			continue
		}
		c := f.create
		var err error
		if c.Media, err = r.attach(ctx, b, f.media, false); err != nil {
			return r.inFile(f, err)
		}
		c.DryRun = true
		if _, err = b.CreatePost(ctx, c); err == nil {
			continue
		}
		if _, err := f.refused(err); err != nil {
			return r.inFile(f, err)
		}
	}
	return r.refuse(ctx)
}

// inFile is an error that is not about a file, with the name of the one that was looked at where it helps.
func (r *filesRun) inFile(f *postFile, err error) error {
	e, ok := errors.AsType[*hayon.Error](err)
	if len(r.files) == 1 || !ok || gone(err) {
		return err
	}
	c := *e
	c.Message = f.name + ": " + c.Message
	return &c
}

// storeAll stores what is not stored yet, in the order of the command line. Where one cannot be stored after
// all, those before it stay and those behind it are left.
func (r *filesRun) storeAll(ctx context.Context, b *backend) error {
	a := r.app
	for i, f := range r.files {
		if r.posts[i] != nil || f.wholeOut() {
			continue
		}
		c := f.create
		var err error
		if c.Media, err = r.attach(ctx, b, f.media, false); err != nil {
			return r.inFile(f, err)
		}
		c.IdempotencyKey, c.Batch = r.keys[i], r.batch
		done := a.working("Making what each platform gets")
		post, err := b.CreatePost(ctx, c)
		if done(); err != nil {
			return r.inFile(f, err)
		}
		view, err := apiPost(ctx, b, post)
		if err != nil {
			return err
		}
		r.posts[i], r.views[i] = post, &view
	}
	return a.knowAccounts(ctx, b)
}

// follow tells of a post that is stored, and waits for it where asked.
func (r *filesRun) follow(ctx context.Context, b *backend, i int) error {
	a, view := r.app, r.views[i]
	limit, err := r.waitLimit(r.files[i].create)
	if err != nil {
		return err
	}
	if len(r.files) > 1 {
		a.say("%s", r.files[i].name)
	}
	if r.undo == 0 || limit == 0 { // else holdBack tells of it
		a.announce(view, b.remote != nil)
	}
	a.sayThreads(view)
	a.sayMedia(view)
	a.sayNotes(view)
	err = r.created(ctx, b, r.posts[i], view, limit)
	if e, told := errors.AsType[exitError](err); told {
		r.exit = graverExit(r.exit, e.code)
		err = nil
	}
	r.told[i] = err == nil
	return err
}

// end prints what was stored and not printed yet, and answers how the command ends.
func (r *filesRun) end(err error) error {
	a := r.app
	for i, view := range r.views {
		if view != nil && !r.told[i] {
			_ = r.result(view) // it is stored all the same; the error says the rest
		}
	}
	if len(r.kept) > 0 {
		if perr := r.printKept(); perr != nil && err == nil {
			err = perr
		}
	}
	if stored := len(slices.DeleteFunc(slices.Clone(r.posts), func(p *hayon.Post) bool { return p == nil })); err != nil && stored > 0 && stored < len(r.files) {
		a.say("%d of %d files are stored; to take back what was not sent: hayon undo", stored, len(r.files))
	}
	if err == nil && r.exit != hayon.ExitOK {
		return exitError{r.exit}
	}
	return err
}

// oneFile is the request of the one file of -f, and its media, for a command that shows it.
func (o *postOptions) oneFile(ctx context.Context, args []string) (*postFile, error) {
	if len(args) > 0 {
		return nil, twoTexts()
	}
	files, err := o.readFiles(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(files) > 1 {
		return nil, hayon.Errorf(hayon.CodeUsage, "there are %d files, and this shows one", len(files)).
			WithHint("see all of them: hayon post --dry-run -f …")
	}
	f := files[0]
	if f.past != nil {
		f.add(*f.past)
	}
	r := &filesRun{postOptions: o, files: files}
	if err := r.refuse(ctx); err != nil {
		return nil, err
	}
	r.sayFileNotes()
	if len(f.create.To) == 0 && f.create.Repost == "" {
		f.create.To, err = o.askTo(ctx)
	}
	return f, err
}
