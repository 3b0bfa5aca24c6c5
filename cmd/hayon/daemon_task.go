package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hayon/hayon"
)

// taskScheduler starts programs at log-on on Windows.
type taskScheduler struct {
	name   string
	system bool
	dir    string
}

func (m taskScheduler) task() string { return `\` + m.name }

func (m taskScheduler) path() string { return filepath.Join(m.dir, m.name+".task.xml") }

// windowsTask: it is started again a minute after a failure, on batteries too, and never ended for
// running long. The verbs are the profile, the trigger, the user, the program and its arguments.
const windowsTask = `<?xml version="1.0" encoding="UTF-8"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Hayon publishes scheduled posts (profile %s)</Description>
  </RegistrationInfo>
  <Triggers>
    %s
  </Triggers>
  <Principals>
    <Principal id="Author">
      %s
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%s</Command>
      <Arguments>%s</Arguments>
    </Exec>
  </Actions>
</Task>
`

func (m taskScheduler) file(s serviceSpec) ([]byte, error) {
	if s.EnvFile != "" || len(s.Env) > 0 {
		return nil, hayon.Errorf(hayon.CodeUsage, "a task of Windows takes no variables").
			WithHint("set them for your user (setx NAME VALUE) and install again without them")
	}
	words := make([]string, 0, 1+len(s.Args))
	for _, w := range append(append([]string{}, s.Args...), "--detached") {
		if strings.ContainsAny(w, " \t") {
			w = `"` + w + `"`
		}
		words = append(words, w)
	}
	trigger, principal := "<LogonTrigger/>", "<LogonType>InteractiveToken</LogonType>"
	if m.system {
		trigger, principal = "<BootTrigger/>", "<UserId>S-1-5-19</UserId>" // the local service
	}
	return fmt.Appendf(nil, windowsTask, xmlText(s.Profile), trigger, principal, xmlText(s.Program), xmlText(strings.Join(words, " "))), nil
}

func (m taskScheduler) installed() bool { return fileExists(m.path()) }

func (m taskScheduler) enable(ctx context.Context) error {
	if err := manage(ctx, "schtasks", "/Create", "/F", "/TN", m.task(), "/XML", m.path()); err != nil {
		return err
	}
	return m.start(ctx)
}

func (m taskScheduler) disable(ctx context.Context) error {
	// A task that does not run cannot be ended; that is no failure.
	_ = manage(ctx, "schtasks", "/End", "/TN", m.task())
	return manage(ctx, "schtasks", "/Delete", "/F", "/TN", m.task())
}

func (m taskScheduler) start(ctx context.Context) error {
	return manage(ctx, "schtasks", "/Run", "/TN", m.task())
}

func (m taskScheduler) advice(context.Context) string { return "" }
