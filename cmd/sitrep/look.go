package main

import (
	"fmt"
	"os"

	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/postmortem"
	"sitrep/status"
	"sitrep/store"
)

// pageLook reads how the page looks, with the files that the configuration
// names.
func pageLook(cfg *config.Config) (*status.Look, error) {
	c := cfg.Page.Look
	o := &status.LookOptions{
		Languages: c.Languages, About: cfg.Page.Description, Header: c.Header, Footer: c.Footer, Light: status.Palette(c.Light), Dark: status.Palette(c.Dark),
	}
	if c.Words != "" {
		o.More = os.DirFS(cfg.Path(c.Words))
	}
	if c.Logo != "" {
		logo, err := os.ReadFile(cfg.Path(c.Logo))
		if err != nil {
			return nil, fmt.Errorf("page.look.logo: %w", err)
		}
		o.Logo = logo
	}
	look, err := status.NewLook(o)
	if err != nil {
		return nil, fmt.Errorf("page.look: %w", err)
	}
	return look, nil
}

// reportForm reads how the internal report is laid out; nil is ours.
func reportForm(cfg *config.Config) (*postmortem.Form, error) {
	name := cfg.Postmortem.Template
	if f, ok, err := postmortem.NamedForm(name); ok || err != nil {
		return f, err
	}
	text, err := os.ReadFile(cfg.Path(name))
	if err != nil {
		return nil, fmt.Errorf("postmortem.template: %w", err)
	}
	f, err := postmortem.ParseForm(name, string(text))
	if err != nil {
		return nil, fmt.Errorf("postmortem.template: %s: %w", name, err)
	}
	return f, nil
}

// newApp puts an app together over a log, with what the configuration names in
// files of its own.
func newApp(l *store.Log, cfg *config.Config, o app.Options) (*app.App, error) {
	var err error
	if o.Form, err = reportForm(cfg); err != nil {
		return nil, err
	}
	return app.New(l, cfg, &o), nil
}
