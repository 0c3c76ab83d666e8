// Package config reads the one YAML file that sitrep is configured by.
//
// The struct tree in config.go is the only definition: its yaml tags are the
// keys, its comments are the documentation that [Describe] prints, and
// [Default] holds its defaults. [Parse] reads a file into it and reports every
// problem at once, each with its line and, for a misspelled key, the nearest
// one. A secret is never in the file: a [Secret] names where it is.
//
// A Config that Parse returned has passed [Config.Check]. Values are plain data
// and are not changed after they were made; everything here is safe for
// concurrent use as long as its callers keep to that.
package config
