// Package notify shows events on the desktop of the person at the machine.
//
//	desktop := notify.New(notify.Config{}) // once; it is an [events.Sink]
//
// By default it shows what somebody has to know or do something about: a target that failed, was missed
// or parked, or whose outcome is uncertain, and an account that needs, or will need, a new sign-in. A
// notice has a title ("Not published on bluesky/work"), the first line of the post, and what to type.
//
// On Linux and the BSDs it calls the notification service of the session bus
// (https://specifications.freedesktop.org/notification-spec/latest/, version 1.2), without starting a
// bus; on macOS osascript; on Windows the Windows PowerShell that comes with it. The last two could not
// be run where this was written.
//
// A notice is of use now or never: one that cannot be shown is not tried again. Where there is no
// notification service, on a server or before the person signs in, the sink says so once and looks for
// one again every minute. Calls have a time limit, since a session bus can hang.
//
// It is no mail and no push: nobody who is not at the machine learns of anything.
package notify
