package main

import (
	"fmt"
	"io"
	"strings"

	"sitrep/commands"
)

type verbsCmd struct{}

// Run prints the table of verbs as README has it.
func (verbsCmd) Run(p *program) error { return writeVerbs(p.stdout) }

// writeVerbs writes the table of verbs as Markdown.
func writeVerbs(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| verb | does | seen by | also |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|", "<", "&lt;")
	for _, v := range commands.Table() {
		if v.Hidden {
			continue
		}
		usage := v.Name
		if v.Usage != "" {
			usage += " " + v.Usage
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.ReplaceAll(usage, "|", "\\|"), cell.Replace(v.Summary), v.Seen, cell.Replace(strings.Join(v.Aliases, ", ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
