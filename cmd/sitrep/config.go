package main

import (
	"fmt"

	"sitrep/internal/config"
)

type configCmd struct {
	Check    configCheck    `cmd:"" help:"Say everything that is wrong with a configuration, at once."`
	Describe configDescribe `cmd:"" help:"Print every key with its default and what it means."`
}

type (
	configCheck struct {
		File string `arg:"" help:"The configuration."`
	}
	configDescribe struct{}
)

// Run checks the file, and that its secrets and the files that it names can be
// read.
func (c *configCheck) Run(p *program) error {
	cfg, err := config.Load(c.File)
	if err != nil {
		return err
	}
	if err := cfg.CheckSecrets(p.getenv); err != nil {
		return err
	}
	if _, err := pageLook(cfg); err != nil {
		return err
	}
	if _, err := reportForm(cfg); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is right: page %q with %d components, in %s.\n", c.File, cfg.Page.Name, len(cfg.Page.Components), cfg.Page.TimeZone)
	return err
}

// Run prints the annotated default.
func (configDescribe) Run(p *program) error { return config.Describe(p.stdout) }
