//go:build !linux

package bolt_test

// children are what the test binary can be besides a test: nothing here, as the
// tests that need one are for Linux.
func children() map[string]func([]string) error { return nil }
