package rabbitmq

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// writeTimeout bounds how long one write may wait for the server to read. RabbitMQ stops reading from
// who publishes during an alarm, and a server that is frozen reads nothing: without a bound, a publish
// would wait for ever with the locks of the library held, and then not even its end of the connection
// comes about.
const writeTimeout = 10 * time.Second

// wire is a connection of the network whose reads and writes end. The deadlines that the library sets
// have no effect, for it sets the one for reading only after the first frame, by a goroutine that a
// stuck write stops.
type wire struct {
	net.Conn

	// mu guards what follows, and that the deadline for reading fits idle.
	mu sync.Mutex
	// idle is how long nothing may come before the server is taken for gone; 0: for ever.
	idle time.Duration
	// broken is why reading ended. The library keeps its text at best.
	broken error

	once sync.Once
	err  error // of closing
}

func newWire(conn net.Conn, idle time.Duration) *wire { return &wire{Conn: conn, idle: idle} }

// setIdle changes how long nothing may come, also for a read that waits.
func (w *wire) setIdle(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = d
	_ = w.listen() // the next read tells
}

// listen sets the deadline for reading. The caller holds mu.
func (w *wire) listen() error {
	var until time.Time
	if w.idle > 0 {
		until = time.Now().Add(w.idle)
	}
	return w.Conn.SetReadDeadline(until)
}

func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	err := w.listen()
	w.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(b)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.broken == nil {
			w.broken = err
		}
	}
	return n, err
}

// why is why reading ended; nil where it did not.
func (w *wire) why() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *wire) Write(b []byte) (int, error) {
	if err := w.Conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return w.Conn.Write(b)
}

// SetDeadline does nothing.
func (w *wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Close ends reads and writes that wait. Closing again does nothing. It never waits itself: TLS would say
// good-bye to a server that may read nothing.
func (w *wire) Close() error {
	w.once.Do(func() {
		conn := w.Conn
		if c, ok := conn.(*tls.Conn); ok {
			conn = c.NetConn()
		}
		w.err = conn.Close()
	})
	return w.err
}
