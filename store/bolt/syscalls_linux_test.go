package bolt_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A saboteur stands between this process and the kernel: every system call that
// changes a file comes by it first (seccomp_unotify(2)), and it lets it pass,
// makes it fail, or does something else just before. It works on the real
// bbolt and the real file, and nothing in the driver knows of it. It cannot be
// taken away again, so it is for child processes.
type saboteur struct {
	listener int

	mu    sync.Mutex
	count int                  // system calls since arm
	at    int                  // act at this one
	on    bool                 // and at all after it
	act   func() syscall.Errno // 0 lets the call pass
}

// The layouts of seccomp_unotify(2).
type (
	notification struct {
		id    uint64
		pid   uint32
		flags uint32
		nr    int32
		arch  uint32
		ip    uint64
		args  [6]uint64
	}
	response struct {
		id    uint64
		val   int64
		errno int32
		flags uint32
	}
)

// watched are the system calls by which bbolt and the driver change files.
var watched = [...]uint32{unix.SYS_PWRITE64, unix.SYS_FDATASYNC, unix.SYS_FSYNC, unix.SYS_FTRUNCATE, unix.SYS_RENAMEAT, unix.SYS_UNLINKAT}

// newSaboteur puts a saboteur in place, for this process for good.
func newSaboteur() (*saboteur, error) {
	prog := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}} // the number of the call
	for i, nr := range watched {
		prog = append(prog, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jt: uint8(len(watched) - i)})
	}
	prog = append(prog,
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("no_new_privs: %w", err)
	}
	filter := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return nil, fmt.Errorf("seccomp: %w", errno)
	}
	s := &saboteur{listener: int(fd)}
	go s.listen()
	return s, nil
}

// arm makes the nth watched call from now on do act, and all after it too if on.
func (s *saboteur) arm(n int, on bool, act func() syscall.Errno) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count, s.at, s.on, s.act = 0, n, on, act
}

// disarm lets everything pass, and says whether the nth call had come.
func (s *saboteur) disarm() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	reached := s.act != nil && s.count >= s.at
	s.act = nil
	return reached
}

func (s *saboteur) decide() syscall.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if s.act == nil || s.count < s.at || s.count > s.at && !s.on {
		return 0
	}
	return s.act()
}

// listen answers the kernel.
func (s *saboteur) listen() {
	runtime.LockOSThread()
	for {
		var n notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n))); errno != 0 {
			if errno == unix.EINTR || errno == unix.ENOENT {
				continue
			}
			fmt.Fprintln(os.Stderr, "seccomp receive:", errno)
			os.Exit(3)
		}
		r := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if errno := s.decide(); errno != 0 {
			r.errno, r.flags = -int32(errno), 0
		}
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r))); errno != 0 && errno != unix.ENOENT {
			fmt.Fprintln(os.Stderr, "seccomp send:", errno)
			os.Exit(3)
		}
	}
}
