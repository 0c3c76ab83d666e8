package bolt_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"sitrep/store"
)

// TestPowerCut takes a file system away under a storm of writes, as a power cut
// does: whatever the kernel had not written to the disk is lost. What was
// acknowledged is there afterwards. Killing a process does not show this, since
// the kernel outlives it; so the control, which does not sync, must lose.
func TestPowerCut(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	t.Run("synced", func(t *testing.T) {
		acked := 0
		for round := range rounds {
			how := storm{name: fmt.Sprint(round)}
			stop := 0
			if round%2 == 0 {
				stop = 1 + rnd.IntN(1500)
			} else {
				how.at, how.power = 1+rnd.IntN(200), true
			}
			acks, err := cutPower(t, how, stop)
			if err != nil {
				t.Fatalf("round %d: after %d appends: %v", round, len(acks.keys), err)
			}
			acked += len(acks.keys)
		}
		if acked == 0 {
			t.Fatal("nothing was ever acknowledged")
		}
		t.Logf("%d power cuts, %d appends acknowledged, 0 lost", rounds, acked)
	})
	t.Run("control", func(t *testing.T) {
		acks, err := cutPower(t, storm{name: "control", noSync: true}, 3000)
		var gone lost
		if !errors.As(err, &gone) && !errors.Is(err, store.ErrDamaged) {
			t.Fatalf("without syncing, %d appends were acknowledged and the outcome is %v: this test cannot see a loss", len(acks.keys), err)
		}
		t.Logf("of %d appends acknowledged without a sync: %v", len(acks.keys), err)
	})
}

// cutPower runs one storm on a file system of its own, takes that away, mounts
// it again and checks.
func cutPower(t *testing.T, how storm, stop int) (*acks, error) {
	disk := newDisk(t, 256)
	how.path = filepath.Join(disk.mount(t), "sitrep.db")
	cmd := child(t.Context(), "storm", how.args()...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acks := newAcks()
	err = acks.read(out, stop, func() error {
		dir, err := os.Open(disk.dir)
		if err == nil {
			err = errors.Join(powerCut(dir), dir.Close())
		}
		return errors.Join(err, cmd.Process.Kill())
	})
	if err := errors.Join(err, killed(cmd.Wait())); err != nil {
		t.Fatal(err)
	}
	disk.unmount(t)
	disk.mount(t)
	defer disk.unmount(t)
	_, err = acks.check(t.Context(), how.path)
	return acks, err
}

// powerCut stops the ext4 file system that dir is on, at once, without writing
// anything more: EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, both from
// the kernel's include/uapi/linux/ext4.h.
func powerCut(dir *os.File) error {
	const shutdown, noLogFlush = 0x8004587d, 2
	flags := uint32(noLogFlush)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		return fmt.Errorf("shut the file system down: %w", errno)
	}
	return nil
}

// A disk is an ext4 file system in a file.
type disk struct{ image, dir string }

// newDisk makes a disk of some megabytes, or skips the test where that cannot be
// done. In continuous integration it must not be skipped for anything but want
// of privilege.
func newDisk(t *testing.T, megabytes int64) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("this test mounts a file system of its own, and only root may: run it as root on Linux, with mkfs.ext4 and loop devices")
	}
	dir := t.TempDir()
	d := &disk{image: filepath.Join(dir, "disk.img"), dir: filepath.Join(dir, "mnt")}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", d.dir, "tmpfs", 0, ""); err != nil {
		t.Skipf("this test mounts a file system of its own, and this root may not (%v): give it CAP_SYS_ADMIN", err)
	}
	if err := unix.Unmount(d.dir, 0); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(megabytes<<20), f.Close())
	}
	if err == nil {
		err = run("mkfs.ext4", "-q", d.image)
	}
	if err == nil {
		// It is not written back by itself for 1,000 s, only when asked to sync.
		err = run("mount", "-o", "loop,commit=1000", d.image, d.dir)
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("this test needs mkfs.ext4 and loop devices: %v", err)
	}
	d.unmount(t)
	return d
}

func (d *disk) mount(t *testing.T) string {
	t.Helper()
	if err := run("mount", "-o", "loop,commit=1000", d.image, d.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(d.dir, unix.MNT_DETACH) }) // if the test ends early
	return d.dir
}

func (d *disk) unmount(t *testing.T) {
	t.Helper()
	if err := run("umount", d.dir); err != nil {
		t.Fatal(err)
	}
}

func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
