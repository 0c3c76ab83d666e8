package main

import (
	"fmt"
	"os"

	"sitrep/internal/config"
	"sitrep/status"
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
