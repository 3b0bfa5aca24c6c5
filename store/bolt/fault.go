package bolt

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// guard runs fn, which calls bbolt alone, and turns a panic and a memory fault into damage: bbolt
// asserts on pages that make no sense, and a truncated file faults where it is mapped.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = panicDamage(v)
		}
	}()
	return fn()
}

// guardCaller runs fn, which is the caller's. A panic out of bbolt becomes damage; every other
// panic, and runtime.Goexit, goes on its way after crashed has been called.
func guardCaller(fn func() error, crashed func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	returned := false
	defer func() {
		if returned {
			return
		}
		// The stack is looked at before recover, so that a caller's own panic keeps its trace.
		if !storagePanic() {
			crashed()
			return
		}
		err = panicDamage(recover())
	}()
	err = fn()
	returned = true
	return err
}

// storagePanic reports whether the running panic came out of bbolt, or is a fault in mapped memory.
func storagePanic() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.panicmemAddr":
			return true
		case f.Function == "runtime.gopanic":
			panicking = true
		case strings.HasPrefix(f.Function, "go.etcd.io/bbolt"):
			return panicking
		case strings.HasSuffix(f.Function, "bolt.guardCaller"):
			return false
		}
		if !more {
			return false
		}
	}
}
