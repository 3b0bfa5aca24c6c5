package servers

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// rabbitMQFolders hold RabbitMQ's own scripts. Those in the PATH of Debian and Fedora are wrappers that
// change the user, and with it the cookie and the rights; what stands here does as it is told.
var rabbitMQFolders = []string{
	"/usr/lib/rabbitmq/bin",
	"/opt/homebrew/opt/rabbitmq/sbin",
	"/usr/local/opt/rabbitmq/sbin",
	"/usr/local/sbin",
	"/usr/local/bin",
}

// rabbitMQPrograms are the scripts and what they need.
type rabbitMQPrograms struct {
	server, ctl string
	epmd        string // Erlang's register of nodes
}

// InstallRabbitMQ gets RabbitMQ from Debian's packages, unless one is there. It returns an error that
// wraps [ErrUnavailable] where it cannot be had. A server that the package starts is left alone: tests
// run their own beside it.
func InstallRabbitMQ(ctx context.Context) error {
	_, err := installRabbitMQ(ctx)
	return err
}

func installRabbitMQ(ctx context.Context) (rabbitMQPrograms, error) {
	var found rabbitMQPrograms
	err := debianOnce(ctx, "rabbitmq-server", func() error {
		var err error
		found, err = findRabbitMQ()
		return err
	})
	return found, err
}

func findRabbitMQ() (rabbitMQPrograms, error) {
	if missing := absent([]string{"sh", "erl", "epmd"}); len(missing) > 0 {
		return rabbitMQPrograms{}, fmt.Errorf("%w: RabbitMQ needs %s, which is not in the PATH: install rabbitmq-server and Erlang", ErrUnavailable, missing[0])
	}
	epmd, err := exec.LookPath("epmd")
	if err != nil {
		return rabbitMQPrograms{}, err
	}
	folders := rabbitMQFolders
	if server, err := exec.LookPath("rabbitmq-server"); err == nil {
		folders = append(folders[:len(folders):len(folders)], filepath.Dir(server))
	}
	for _, dir := range folders {
		found := rabbitMQPrograms{server: filepath.Join(dir, "rabbitmq-server"), ctl: filepath.Join(dir, "rabbitmqctl"), epmd: epmd}
		if exists(found.server) && exists(found.ctl) {
			return found, nil
		}
	}
	return rabbitMQPrograms{}, fmt.Errorf("%w: rabbitmq-server not found: install it, so that it is in the PATH", ErrUnavailable)
}

// debianOnce installs Debian's package unless find has it already. Processes that call it at the same time
// install once. Where there is no apt-get the error is that of find.
func debianOnce(ctx context.Context, debian string, find func() error) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return find()
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	unlock, err := waitFolderLock(ctx, cache, "apt.lock")
	if err != nil {
		return err
	}
	defer unlock()
	if find() == nil { // and not half-way, as it could be without the lock
		return nil
	}
	if err := aptInstall(ctx, debian, []string{debian}); err != nil {
		return err
	}
	return find()
}
