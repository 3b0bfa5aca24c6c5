package server

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/hayon/hayon"
)

// ErrSocketPath is the cause of the error for a socket path that is too long for the system. The
// caller chooses a shorter one.
var ErrSocketPath = errors.New("socket path too long")

// dialTimeout bounds the look whether somebody serves a socket already.
const dialTimeout = time.Second

// MaxSocketPath is how long the path of a unix socket may be, in bytes: the address has 108 on Linux
// and Windows and 104 elsewhere, the last of them zero.
func MaxSocketPath() int {
	if runtime.GOOS == "linux" || runtime.GOOS == "windows" {
		return 107
	}
	return 103
}

// ListenUnix listens on a unix socket for processes of the same user: the socket has mode 0600, a
// missing folder is made with 0700, and a connection whose peer has another user id is closed
// before a byte of it is read. Closing the listener removes the socket.
//
// A socket that a dead process left is replaced. One that somebody answers on is a conflict, and so
// is a file of another kind; nothing is removed then. Two processes that start at once must be kept
// apart by the caller, with the lock of the database.
func ListenUnix(path string) (net.Listener, error) {
	return listenUnix(path, os.Getuid())
}

func listenUnix(path string, uid int) (net.Listener, error) {
	if limit := MaxSocketPath(); len(path) > limit {
		return nil, hayon.Errorf(hayon.CodeLocal, "the socket's path has %d bytes, this system takes %d: %s", len(path), limit, path).
			WithHint("use a shorter folder for the profile").WithCause(ErrSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, local("make the folder of the socket", err)
	}
	if err := clearSocket(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, taken(path)
		}
		return nil, local("listen on the socket", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close() // the error that made it useless is the news
		return nil, local("protect the socket", err)
	}
	return &unixListener{UnixListener: ln, uid: uid}, nil
}

// clearSocket removes a socket that nobody answers on.
func clearSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return local("look at the socket", err)
	}
	// Windows shows a socket as an irregular file.
	if info.Mode()&(fs.ModeSocket|fs.ModeIrregular) == 0 {
		return hayon.Errorf(hayon.CodeConflict, "%s is in the place of the socket and is no socket, so it was left alone", path).
			WithHint("move it away")
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close() // it was only to see whether somebody answers
		return taken(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !refused(err) {
		return taken(path).WithCause(err) // somebody is there and busy, or not ours
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return local("remove the socket of a dead process", err)
	}
	return nil
}

func taken(path string) *hayon.Error {
	return hayon.Errorf(hayon.CodeConflict, "another process serves %s already", path).WithHint("stop it first: hayon daemon stop")
}

func local(what string, err error) *hayon.Error {
	return hayon.Errorf(hayon.CodeLocal, "%s: %w", what, err).WithHint("check the permissions of the folder and the space on the disk")
}

// unixListener gives away connections of one user only.
type unixListener struct {
	*net.UnixListener
	uid int
}

// Accept waits for the next connection of the user; those of others are closed.
func (l *unixListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, ok, err := peerUID(conn)
		if err == nil && (!ok || uid == l.uid) {
			return &peerConn{UnixConn: conn}, nil
		}
		_ = conn.Close() // not ours; there is nobody to tell
	}
}

// peerConn is a connection whose peer is known to be a process of the server's user.
type peerConn struct{ *net.UnixConn }

type peerKey struct{}

// withPeer notes in a connection's context that its peer is known.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if _, ok := c.(*peerConn); ok {
		return context.WithValue(ctx, peerKey{}, true)
	}
	return ctx
}

// localActor is the local user for a known peer, and nobody else.
func localActor(r *http.Request) (hayon.Actor, error) {
	if known, _ := r.Context().Value(peerKey{}).(bool); !known {
		return hayon.Actor{}, hayon.Errorf(hayon.CodeUnauthenticated, "nobody is signed in for this request").
			WithHint("use the unix socket of the profile")
	}
	return hayon.Actor{User: hayon.LocalUser().ID}, nil
}
