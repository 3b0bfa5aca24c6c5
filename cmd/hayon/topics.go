package main

const topicTime = `How to write a time. The whole phrase must be understood; what could mean two things is refused.

  now                        tomorrow 9am              2026-12-24 18:00
  in 90m, +2h30m, 3 days     fri 18:30                 24 dec 2026 6pm
  9:30, 9.30pm, 21:00        next monday noon          2026-12-24T18:00:00Z
  tonight 8pm                day after tomorrow 7am    @1797120000

A zone may follow: tomorrow 9am Europe/Berlin. Without one the time is in --tz, else tz of the
configuration, else TZ, else the zone of the system. What was meant is the clock on the wall there:
when the rules of the zone change, the post moves with them. RFC 3339, "in" and @ mean an instant.

A time that the clocks skip in spring is moved to the end of the gap; of one that comes twice in
autumn the first is taken. Days and weeks are calendar days.
`

const topicEnvironment = `Variables that hayon reads. A flag wins over a variable, a variable over the configuration.

  HAYON_HOME               one folder for everything: configuration, database, credentials
  HAYON_PROFILE            as --profile
  HAYON_SERVER             as --server: unix or none
  HAYON_VAULT              what opens the sealed credentials: keyring or passphrase
  HAYON_VAULT_PASSPHRASE   the passphrase of the vault
  HAYON_DEMO=1             turn the demo platform on
  HAYON_SYSTEM_CONFIG      the configuration file of the machine, else /etc/hayon/config.toml
  HAYON_<FLAG>             every global flag, as HAYON_COLOR=never
  HAYON_<COMMAND>_<FLAG>   every flag of a command, as HAYON_POST_TO=bluesky

Accounts of a job. No keyring is asked for, and without a passphrase nothing is kept:

  HAYON_ACCOUNTS           accounts to connect where they are not, as bluesky,bluesky/work
  HAYON_BLUESKY_HANDLE     HAYON_<ACCOUNT>_<FIELD> for each question of a login, and
  HAYON_BLUESKY_PASSWORD   HAYON_<ACCOUNT>_PASSWORD or _TOKEN; bluesky/work is BLUESKY_WORK

Standard ones: NO_COLOR, CLICOLOR_FORCE, TERM, COLUMNS, TZ, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE,
XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR, VISUAL, EDITOR, CI, ACCESSIBLE.
`

const topicConfiguration = `The configuration is TOML: the user's config.toml, then profiles/NAME.toml beside it for one profile
(/etc/hayon/config.toml before both). It lies in $XDG_CONFIG_HOME/hayon, or in $HAYON_HOME. An
unknown key is an error. A file in the working directory is never read. "hayon config" shows and
changes it: hayon config set post.to bluesky.

The keys:
`

const topicSecurity = `Where credentials are. They stand in one file of the profile, sealed to a key. The key is kept by
the keyring of the system, or under a passphrase; the first login chooses (--vault). Nothing is
written in clear unless --insecure-plaintext asks for it.

Passwords are never flags, so that they show in no process list and no shell history: type them at
the prompt, or pipe them with --password-stdin. For Bluesky use an app password, never the main one.

Folders have mode 0700, files 0600, and the daemon's socket takes only processes of the same user.
The site folder alone is made to be read by others. Nothing is sent anywhere but to the platforms
that you post to.
`

const topicScripting = `hayon in scripts, cron and CI.

  id=$(hayon post -q --to bluesky --at "tomorrow 9am" - < text.txt)
  hayon wait "$id" --for 10m --json=targets.url
  hayon list --state failed -q | xargs -r hayon retry

cron, where no daemon runs:

  */5 * * * * hayon tick

A CI job needs no login: HAYON_ACCOUNTS and the variables of "hayon help environment" connect the
account for the job. A post under an --idempotency-key is made once, however often the job runs:

  hayon post "Released $TAG" --to bluesky --idempotency-key "release-$TAG"

Nothing asks questions where no terminal is, or with --no-input.
`

const topicAccessibility = `Meaning is never in a colour alone: the word stands beside it. NO_COLOR=1, TERM=dumb or --color
never turn colours off. ACCESSIBLE=1 turns moving lines off: each target has its line once it has an
outcome. Output that is piped is plain text.
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
