package main

const topicTime = `How to write a time. The whole phrase must be understood, in any letter case; what could mean two
things is refused, with what to type instead. The answer says the time with its zone.

When a post goes out (--at, and --in for how long from now):

  now                                          at once
  2h, 90m, 1h30m, 90 minutes, in 2 weeks, +3d  how long from now: w, d, h, m, s, the largest first
  9am, 9:30, 9.30pm, 21:00, 21:00:30           today, or tomorrow where that has passed
  noon, midnight                               12:00, and the start of the next day
  today 11pm, tonight 11pm, tomorrow 9am       tonight begins at 17:00
  day after tomorrow 7am
  fri 18:30, friday noon                       the first Friday that is not past, today included
  next monday 9am                              the Monday of the week after this one
  2026-12-24 18:00, 24 dec 2026 6pm            a date has its year, and the month as a word
  2026-12-24T18:00, 2026-12-24T18:00:00+01:00  ISO 8601 and RFC 3339
  @1797120000                                  seconds since 1970

A zone may follow a clock: a name of the tz database, UTC, or an offset.

  tomorrow 9am Europe/Berlin, fri 18:30 america/new_york, 9am UTC, 2026-12-24 18:00 -03:00

Without one the time is in --tz, else tz of the configuration, else TZ, else the zone of the system.
"today" and weekdays are those of the zone. What was meant is the clock on the wall there: when the
rules of the zone change, the post moves with them. Durations, offsets, RFC 3339 and @ mean an
instant.

  past          a time that is past is refused; a clock alone that has passed today is tomorrow's,
                and a weekday's that of the next week, and that is said
  skipped       a time that the clocks skip in spring is the end of the gap: 2:30am is 3:00am
  twice         of a time that comes twice in autumn the first is taken, and its offset is said;
                the second has to be written with its offset: 2027-10-31 2:30am +01:00
  days          d and w are calendar days, at the same clock; h, m and s are elapsed time
  midnight      the start of the day that is named: "tomorrow midnight" is 00:00 of tomorrow

Refused, and what to write:

  9                            9am, 9pm, 09:00
  9.30                         9:30, 9.30pm
  tomorrow                     tomorrow 9am
  tomorrow morning             tomorrow 9am
  9am tomorrow                 tomorrow 9am
  midnight tomorrow            tomorrow midnight
  24:00, tomorrow 24:00        tomorrow 00:00
  01/02/2027 9am               2027-02-01 9am, 1 feb 2027 9am
  1 feb 9am, feb 1 2027 9am    1 feb 2027 9am
  9am PST, 9am CST, 9am CET    9am America/Los_Angeles, 9am America/Chicago, 9am Europe/Berlin
  9am UTC+2, 9am +0200         9am +02:00
  in an hour, 1.5h             1h, 1h30m
  in 2 months                  8w, 2027-01-20 9am

What has been (--since, --until): a day means its start.

  now, today, yesterday, today 9am, yesterday 18:30
  2d, 2d ago, 3h ago, 2 weeks ago              how long ago
  monday, monday 9am                           the latest that has begun, today included
  last monday                                  the latest before today
  2026-11-20, 20 nov 2026                      a day
  2026-11                                      the first day of a month
  2026-11-20 09:00, 2026-11-20 09:00 Europe/Berlin, 2026-11-20T09:00:00Z, @1795000000

Filters of lists: terms that must all hold, as in: state:failed to:mastodon since:monday launch

  state:failed,partial, -state:draft           one of these states; a minus sign excludes
  to:mastodon, to:bluesky/work, -to:site       an account; a platform is all its accounts
  label:launch, -label:x                       labels, of which all must be there
  source:cli,api                               what wrote it: cli, tui, api, feed, apply, mcp
  since:monday, until:2026-11-20               written not before, and before; times as above, those
  since:"2 days ago"                           with blanks in quotes
  at:today, at:tomorrow, at:yesterday          when it goes out, or went
  at:week, at:next-week, at:last-week          weeks begin on Monday
  at:2026-12-01, at:2026-12                    a day, a month
  at:2026-12-01..2026-12-07, at:tomorrow..     from and to, both included; either may be left away
  sort:newest, sort:oldest                     by when it was written
  sort:soonest, sort:latest                    by when it goes out
  launch, "two words", -word, -"two words"     what is in the post, in any letter case

A comma lists alternatives of state, to and source, and so does the same key again. \" is a
quotation mark within quotes. A word that looks like a key is looked for in quotes: "state:failed"
`

const topicEnvironment = `Variables that hayon reads. A flag wins over a variable, a variable over the configuration.

  HAYON_HOME               one folder for everything: configuration, database, credentials
  HAYON_PROFILE            as --profile
  HAYON_SERVER             as --server: unix or none
  HAYON_VAULT              what opens the credentials: keyring, passphrase, key:PATH, command:LINE
  HAYON_VAULT_PASSPHRASE   the passphrase of the vault
  HAYON_VAULT_IDENTITY     the file with the key of the vault, or the key itself
  HAYON_BROKER             the message broker, as amqp://USER@HOST:PORT/VHOST
  HAYON_BROKER_PASSWORD    its password; HAYON_BROKER_PASSWORD_FILE: a file with it
  HAYON_BROKER_PREFIX      what stands before the names on it
  HAYON_BROKER_DELAY       who keeps what is due soon: auto, store or plugin
  HAYON_PAGER              what shows long results; before PAGER, and empty or cat for nothing
  HAYON_DEMO=1             turn the demo platform on
  HAYON_MEDIA_FFMPEG       the program ffmpeg, or none; else it is looked for in PATH
  HAYON_BLUESKY_VIDEO      the video service of Bluesky, as a URL, or none
  HAYON_CARDS_ALLOW_PRIVATE=1   read pages of private networks for link cards, for development
  HAYON_SYSTEM_CONFIG      the configuration file of the machine, else /etc/hayon/config.toml
  HAYON_<FLAG>             every global flag, as HAYON_COLOR=never
  HAYON_<COMMAND>_<FLAG>   every flag of a command, as HAYON_POST_TO=bluesky

Accounts of a job. No keyring is asked for, and without a passphrase nothing is kept:

  HAYON_ACCOUNTS           accounts to connect where they are not, as bluesky,bluesky/work
  HAYON_BLUESKY_HANDLE     HAYON_<ACCOUNT>_<FIELD> for each question of a login, and
  HAYON_BLUESKY_PASSWORD   HAYON_<ACCOUNT>_PASSWORD or _TOKEN; bluesky/work is BLUESKY_WORK

Standard ones:

  NO_COLOR, CLICOLOR_FORCE     no colours, or colours in pipes too; TERM=dumb: no colours
  COLUMNS                      how wide tables may be on a terminal
  ACCESSIBLE                   nothing moves (hayon help accessibility)
  PAGER, LESS                  what shows long results, and its options (LESS=FRX where unset)
  VISUAL, EDITOR               what post -e and config edit start
  BROWSER                      what open and login start
  TZ                           the zone of times, behind --tz and the configuration
  CI                           no question is asked, and no keyring
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR   the way to the platforms
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR, TMPDIR          hayon help files
`

const topicConfiguration = `The configuration is TOML: the user's config.toml, then profiles/NAME.toml beside it for one profile
(/etc/hayon/config.toml before both). It lies in $XDG_CONFIG_HOME/hayon, or in $HAYON_HOME. An
unknown key is an error. A file in the working directory is never read. "hayon config" shows and
changes it: hayon config set post.to bluesky.

The keys:
`

const topicSecurity = `Where credentials are. They stand in one file of the profile, secrets.age, sealed to a key. What
opens it is chosen by the first login (--vault):

  keyring        the key is an entry of the system's keyring
  passphrase     typed, or HAYON_VAULT_PASSPHRASE
  key:PATH       the key is a file, or HAYON_VAULT_IDENTITY
  command:LINE   the key is what a program prints, as that of a password manager

Nothing is written in clear unless --insecure-plaintext asks for it.

Passwords are never flags, so that they show in no process list and no shell history: type them at
the prompt, or pipe them with --password-stdin. For Bluesky use an app password, never the main one.
What -vv shows of requests has no secrets, and so have errors and logs.

Folders have mode 0700, files 0600, and the daemon's socket takes only processes of the same user.
The site folder alone is made to be read by others. Nothing is sent anywhere but to the platforms
that you post to and to the webhooks that you add. There is no telemetry and no look for updates.
A configuration in the working directory is never read.
`

const topicScripting = `hayon in scripts, cron and CI.

  id=$(hayon post -q --to bluesky --at "tomorrow 9am" - < text.txt)
  hayon wait "$id" --for 10m --json=targets.url
  hayon list --state failed -o ids | xargs -r hayon retry
  hayon list --state partial --jq '.[].targets[] | select(.url) | .url'
  hayon list --all -o csv > posts.csv

What to rely on: results are on stdout and all else on stderr; with --json an error is one JSON
object on stderr; the exit codes are those of "hayon help exit-codes"; the columns of a pipe and of
csv, the names in JSON, commands and flags stay. Nothing asks questions where no terminal is, with
--no-input, or where CI is set.

cron, where no daemon runs:

  */5 * * * * hayon tick

A CI job needs no login: HAYON_ACCOUNTS and the variables of "hayon help environment" connect the
account for the job. A post under an --idempotency-key is made once, however often the job runs:

  hayon post "Released $TAG" --to bluesky --idempotency-key "release-$TAG"

A script that is killed may be run again: what was stored goes out once. After exit code 8 a repeat
is safe; after 9 look at the platform first, then type hayon resolve.
`

const topicAccessibility = `Meaning is never in a colour alone: the word stands beside it. NO_COLOR=1, TERM=dumb or --color
never turn colours off.

ACCESSIBLE=1, or accessible = true in the configuration, turns off what moves: where something takes
a while "Working…" is said once, each target has its line once it has an outcome, and no pager is
started. Questions are lines with an answer to type, in every mode, and nothing is drawn with boxes.

Output that is piped is plain text: one thing a line, tabs between columns, nothing cut off. With
--json everything has a name. hayon show tells of one post line by line, as no table does.
`

const topicFiles = `What is kept where. HAYON_HOME puts everything below one folder; else it is, with the variables of
XDG before the folders of the system:

  configuration   $XDG_CONFIG_HOME/hayon   Linux: ~/.config/hayon
                                           macOS: ~/Library/Application Support/hayon
                                           Windows: %AppData%\hayon
  data            $XDG_DATA_HOME/hayon     Linux: ~/.local/share/hayon
                                           macOS: as above
                                           Windows: %LocalAppData%\hayon

  config.toml               the user's configuration (hayon help configuration)
  profiles/NAME.toml        that of one profile
  /etc/hayon/config.toml    that of the machine

In the data folder (below HAYON_HOME: data) each profile has a folder of its own:

  hayon.db                  posts, accounts and what happened
  hayon.db.schemaN.backup   the database as it was before a newer version changed its form
  blobs/                    the images and videos of posts, as they came and as platforms take them
  secrets.age, vault.json   the credentials, sealed, and how they are opened (hayon help security)
  site/                     what was posted to the platform site: Markdown, feed.json, feed.xml
  daemon.log                what the daemon says; hayon daemon logs
  hayon.sock                where the daemon listens; in $XDG_RUNTIME_DIR where the path is too long

"hayon db backup" copies a profile, also while the daemon runs; "hayon doctor" names the folders
that are used. A profile is removed by hayon profile delete, and everything by deleting both folders.

Post files. A post may stand in a file: hayon post -f FILE, hayon preview FILE, hayon check FILE. Its
name says how it is written: .md is Markdown with front matter, .yaml and .json have the same keys, and
the text under body; all else is plain text in UTF-8, sent as it is but for line breaks at its end.
--format says it of files with other names.

  ---
  to: [bluesky, mastodon, "@launch"]
  at: 2026-12-01 09:00 Europe/Berlin
  lang: en
  cw: release notes
  media:
    - {file: dashboard.png, alt: "A month calendar in a terminal"}
  text:
    bluesky: |
      A shorter text for Bluesky alone.
  options:
    mastodon: {quote_policy: nobody}
  ---
  Shipping 2.0 today. Thanks to @{ada}!
  ---
  Second part of the thread.

  to, not          accounts and groups, as --to and --not take them
  at, in, draft    one of them: a time, a span from now, or true (hayon help time)
  if_late, grace   what happens to what is late
  lang, labels, tags, note, title, cw, sensitive, visibility, replies, no_quotes, card
                   as the flags of hayon post
  thread, number, parts, reply_to, quote, continue, repost
                   threads, and what it answers; a line of only --- begins a part, with no blank
                   before it and in no block of code (between fences)
  media            paths, or {file, alt, for, thumb, focus, no_resize, strip_exif}
  alt_policy       require, warn or ignore images without a description
  poll             {options: [Tea, Coffee], for: 3d, multiple: true, hide_totals: true}
  text, options    by account: another text, and what one platform knows
  published        by account where it is out: hayon never sends it there again. It goes to the
                   others; of several files one that is out everywhere is left out
  id               a name that stays when the file is renamed

Paths start in the folder of the file. A flag wins over the file, the file over variables and the
configuration; a flag for all accounts wins over options of one, --alt describes the media of the file
in their order, and --part adds. Of several files all are checked before the first is stored; what is
wrong is told with file, line and column, in characters. Editors complete and check the keys by:
hayon config schema --post

Under --idempotency-key each file has a key of its own: that and the id of the file, or its name without
the folder where it has no id. It is the same by whatever path and beside whatever others, so that a
repeat in CI makes nothing new; two files of one name need an id then. An id is there once.

Images and videos. What a file is, is found in its content and not in its name. JPEG, PNG, GIF and
WebP images are made to fit what each platform takes, with as little loss as that needs: turned
upright, made smaller, written anew. Place, time and camera are taken out (--strip-exif=false keeps
them), colours stay. MP4 and MOV videos go out as they are, and ffmpeg is used for what else they need
where it is installed. --no-resize leaves images their size. hayon preview shows what was done.
`

const topicWebhooks = `How a webhook's requests look, and how to check them. They follow the convention of Standard
Webhooks, for which there are libraries in many languages.

  POST /hayon HTTP/1.1
  content-type: application/json
  webhook-id: w_01jd3v9k7m2x4c8q9qx1_4711
  webhook-timestamp: 1795168803
  webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

  {"id":4711,"at":"...","kind":"target.published","post":{...},"target":{...},"account":{...}}

The signature is "v1," and the base64 of the HMAC-SHA256 of id.timestamp.body: the two headers and
the raw body, with dots between them. Its key is the secret without "whsec_", decoded from base64.
Refuse what has another signature, a timestamp that is minutes away, or an id that was there before:
an event that is sent again has the same id. Answer 200 to 299 within 10 s. Everything else is tried
again for a day, and 410 stops the webhook for good.

A hook gets the same JSON on its standard input; "hayon hook test --dry-run" prints an example.
`
