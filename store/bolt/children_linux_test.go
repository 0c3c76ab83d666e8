package bolt_test

// children are what the test binary can be besides a test.
func children() map[string]func([]string) error {
	return map[string]func([]string) error{
		"faults": faultsChild,
		"storm":  stormChild,
		"check":  checkChild,
		"hold":   holdChild,
	}
}
