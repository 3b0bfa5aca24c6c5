package notify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/hayon/hayon"
)

// closeDelay is how long the output of a program that has ended is waited for.
const closeDelay = time.Second

// appleScript are the arguments of osascript. Title and body are arguments of the script and no part of
// it, so that nothing in them is read as code. A title never begins with a dash.
func appleScript(m message) []string {
	return []string{
		"-e", "on run argv",
		"-e", "display notification (item 2 of argv) with title (item 1 of argv)",
		"-e", "end run",
		m.title, m.body,
	}
}

// The variables in which the toast script finds its texts.
const (
	titleVariable = "HAYON_NOTICE_TITLE"
	bodyVariable  = "HAYON_NOTICE_BODY"
)

// toastScript shows a toast in the name of Windows PowerShell, whose id every Windows knows: a program
// of its own would have to be installed with a shortcut first. The texts come from the environment, so
// that nothing in them is read as code.
const toastScript = `$ErrorActionPreference = 'Stop'
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
[void][Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom.XmlDocument, ContentType = WindowsRuntime]
$manager = [Windows.UI.Notifications.ToastNotificationManager]
$raw = [xml]$manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02).GetXml()
[void]($raw.toast.visual.binding.text | Where-Object { $_.id -eq '1' }).AppendChild($raw.CreateTextNode($env:` + titleVariable + `))
[void]($raw.toast.visual.binding.text | Where-Object { $_.id -eq '2' }).AppendChild($raw.CreateTextNode($env:` + bodyVariable + `))
$xml = New-Object Windows.Data.Xml.Dom.XmlDocument
$xml.LoadXml($raw.OuterXml)
$toast = New-Object Windows.UI.Notifications.ToastNotification $xml
$manager::CreateToastNotifier('{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe').Show($toast)
`

// powerShell are the arguments that run a script: base64 of UTF-16, which needs no quotes.
func powerShell(script string) []string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune(script))) // a buffer takes everything
	return []string{"-NoProfile", "-NonInteractive", "-EncodedCommand", base64.StdEncoding.EncodeToString(b.Bytes())}
}

// run runs a program of the system, which gets our environment without what is Hayon's own.
func run(cmd *exec.Cmd, env ...string) error {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(strings.ToUpper(v), "HAYON_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = closeDelay
	err := cmd.Run()
	if err == nil {
		return nil
	}
	said, _, _ := strings.Cut(strings.TrimSpace(out.String()), "\n")
	if said != "" {
		return hayon.Errorf(hayon.CodeUnavailable, "%w: %s", err, line(said, maxLine))
	}
	return err
}

func program(ctx context.Context, name string, args []string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...) //nolint:gosec // the names are constants and the arguments above
}
