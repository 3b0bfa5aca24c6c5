package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) daemonCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Publish on time, in the background",
		Long: `Publish on time, in the background. "install" makes the system start the daemon by itself, also
after a restart of the machine; "start" starts it for now; "run" runs it in this terminal.`,
		Example: `  hayon daemon install
  hayon daemon start
  hayon daemon status`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.daemonStartCommand(), a.daemonStopCommand(), a.daemonRestartCommand(),
		a.daemonPauseCommand(), a.daemonResumeCommand(), a.daemonStatusCommand(), a.daemonRunCommand(),
		a.daemonInstallCommand(), a.daemonUninstallCommand(), a.daemonLogsCommand(),
	)
	return cmd
}

func (a *app) daemonRunCommand() *cobra.Command {
	var o daemonOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon in the foreground",
		Long: `Run the daemon in the foreground: it publishes what is due and answers the other commands on a
socket. SIGTERM and Ctrl-C finish what is being sent and stop; a second one stops at once. Both are
safe, and so is kill -9.

With --broker the work is handed out by a RabbitMQ in the place of the broker in the daemon itself; its
password belongs into HAYON_BROKER_PASSWORD or a file, broker.password_file. See: hayon broker status

With --check it only tries whether it could run unattended: whether the credentials of every account
can be opened without anybody there, and the database.`,
		Example: `  hayon daemon run
  hayon daemon run -v
  hayon daemon run --metrics 127.0.0.1:9464
  hayon daemon run --broker amqp://hayon@localhost/`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.check {
				return a.daemonCheck(cmd.Context())
			}
			return a.daemonRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.metrics, "metrics", "", "serve metrics for Prometheus on this address, as 127.0.0.1:9464 (default: daemon.metrics of the configuration)")
	cmd.Flags().StringVar(&o.broker, "broker", "", "the broker: local:, amqp://USER@HOST/VHOST or amqps://… (default: broker.url of the configuration)")
	cmd.Flags().BoolVar(&o.check, "check", false, "only try whether it could run unattended")
	cmd.Flags().BoolVar(&o.detached, "detached", false, "write the log to its file alone")
	_ = cmd.Flags().MarkHidden("detached") // the flag is there
	return cmd
}

func (a *app) daemonStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether posts will go out, and why not",
		Long: `Show whether posts will go out, and why not: whether the daemon runs, what waits, which accounts are
held back, and which posts wait for your word. Without a daemon the exit code is 11.`,
		Example: `  hayon daemon status
  hayon daemon status --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonStatus(cmd.Context()) },
	}
}

func (a *app) daemonStopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "Stop the daemon; what is being sent is finished first",
		Example: `  hayon daemon stop
  hayon daemon stop --timeout 1m`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonStop(cmd.Context()) },
	}
}

func (a *app) daemonStartCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Start the daemon in the background",
		Long: `Start the daemon in the background, where none runs. It stays until "hayon daemon stop" or the end
of the session; "hayon daemon install" makes the system start it by itself.`,
		Example: `  hayon daemon start
  hayon daemon start -p work`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonStart(cmd.Context()) },
	}
}

func (a *app) daemonRestartCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restart",
		Short: "Stop the daemon where it runs, and start it with this version",
		Example: `  hayon daemon restart
  hayon daemon restart --timeout 1m`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonRestart(cmd.Context()) },
	}
}

func (a *app) daemonPauseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Publish nothing until \"daemon resume\"",
		Long: `Publish nothing until "hayon daemon resume", neither by the daemon nor by other commands. What is
being sent is finished. The pause lasts through restarts. Posts that stay behind longer than their
grace window follow their late policy.`,
		Example: `  hayon daemon pause
  hayon daemon pause --reason "there is news"`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonPause(cmd.Context(), reason) },
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for status and history")
	return cmd
}

func (a *app) daemonResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Go on publishing after a pause",
		Example: `  hayon daemon resume
  hayon daemon resume --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonResume(cmd.Context()) },
	}
}

func (a *app) daemonInstallCommand() *cobra.Command {
	var o installOptions
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Make the system start the daemon by itself",
		Long: `Make the system start the daemon by itself: a systemd user unit on Linux, a launchd agent on
macOS, a task at log-on on Windows. First it is tried whether the credentials can be opened with
nobody there; where that needs a passphrase, put it into a file that only you can read, and name it:

  umask 077; echo "HAYON_VAULT_PASSPHRASE=correct horse" > ~/.config/hayon/daemon.env
  hayon daemon install --env-file ~/.config/hayon/daemon.env`,
		Example: `  hayon daemon install
  hayon daemon install --print
  sudo hayon daemon install --system --env-file /etc/hayon/daemon.env`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonInstall(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.print, "print", false, "print the file and do nothing")
	f.BoolVar(&o.user, "user", false, "for this user (default)")
	f.BoolVar(&o.system, "system", false, "for the machine: started before anybody logs on")
	f.StringVar(&o.envFile, "env-file", "", "file with NAME=VALUE lines for the daemon, readable by you alone")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "try the credentials and show what would be done; change nothing")
	cmd.MarkFlagsMutuallyExclusive("user", "system")
	return cmd
}

func (a *app) daemonUninstallCommand() *cobra.Command {
	var o installOptions
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Stop the daemon, and take away what install has made",
		Example: `  hayon daemon uninstall
  sudo hayon daemon uninstall --system`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonUninstall(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.user, "user", false, "for this user (default)")
	f.BoolVar(&o.system, "system", false, "for the machine")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would be done; change nothing")
	cmd.MarkFlagsMutuallyExclusive("user", "system")
	return cmd
}

func (a *app) daemonLogsCommand() *cobra.Command {
	var follow bool
	lines := 100
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show the daemon's log",
		Long: `Show the daemon's log: the file that it writes, and renames when it is large. What happened to posts
is told by "hayon log".`,
		Example: `  hayon daemon logs
  hayon daemon logs -n 20 --follow`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonLogs(cmd.Context(), lines, follow) },
	}
	cmd.Flags().IntVarP(&lines, "lines", "n", lines, "how many of the last lines")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is written, until Ctrl-C")
	return cmd
}

// daemonOptions are the flags of daemon run.
type daemonOptions struct {
	metrics  string
	broker   string
	check    bool
	detached bool
}

const (
	// startWait is how long daemon start waits until the daemon answers.
	startWait = 15 * time.Second
	// stopWait is how long daemon stop waits for the end of the process: what is being sent may take 25 s.
	stopWait = 40 * time.Second
	// askEvery is the distance of the questions meanwhile.
	askEvery = 25 * time.Millisecond
)

// daemonPause stops publishing.
func (a *app) daemonPause(ctx context.Context, reason string) error {
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		st, err := b.Pause(ctx, reason)
		if err != nil {
			return err
		}
		if a.flags.json.on {
			return a.printJSON(st, statusFields())
		}
		a.say("Publishing is paused. Go on: hayon daemon resume")
		return nil
	})
}

// daemonResume ends a pause.
func (a *app) daemonResume(ctx context.Context) error {
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		st, err := b.Resume(ctx)
		if err != nil {
			return err
		}
		if a.flags.json.on {
			return a.printJSON(st, statusFields())
		}
		a.say("Publishing goes on.")
		if b.remote == nil {
			a.sayNoDaemon()
		}
		return nil
	})
}
