// Sitrep is a chat-ops incident bot: one program, one file of data.
//
// Run without arguments it opens a room and a status page on this machine and
// needs no account anywhere. See sitrep help, and README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // the page's zone is found on machines without a zone database

	"github.com/alecthomas/kong"
	"github.com/gorilla/websocket"

	"sitrep/bot/slack"
	"sitrep/internal/config"
	"sitrep/store"
)

// A program is sitrep with what it takes from the machine, so that tests can
// run all of it.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	log            *slog.Logger
	slack          slack.CheckOptions // how Slack is reached
	discord        http.RoundTripper  // how Discord is reached; nil is as everybody does
	gateway        *websocket.Dialer  // and its gateway
}

// commandLine is the command line: a field a subcommand.
type commandLine struct {
	Verbose bool `help:"Say more of what goes on." short:"v"`

	Local       localCmd       `cmd:"" default:"withargs" help:"Open a room and a status page on this machine. Needs no account and no configuration. The default."`
	Demo        demoCmd        `cmd:"" help:"Play a real incident in the room, in about a minute, and leave it open to try."`
	Serve       serveCmd       `cmd:"" help:"Run in earnest, as a configuration file says."`
	Replay      replayCmd      `cmd:"" help:"Play a story and write the status page, the postmortem and the timeline it leads to."`
	Draft       draftCmd       `cmd:"" help:"Draft the postmortem of a channel that never saw the bot, from an export of it."`
	Report      reportCmd      `cmd:"" help:"Tell what the incidents of a month or a quarter came to."`
	Subscribers subscribersCmd `cmd:"" help:"Work on the page's subscribers: list, erase, release, bounced."`
	Log         logCmd         `cmd:"" help:"Work on the log: verify, backup, export, import, redact, resume."`
	Import      importCmd      `cmd:"" help:"Bring over what another page has published, or an incident from elsewhere."`
	Export      exportCmd      `cmd:"" help:"Write the status page as plain files, or a postmortem."`
	Config      configCmd      `cmd:"" help:"Check a configuration, or describe every key of it."`
	Setup       setupCmd       `cmd:"" help:"Say how to connect a chat platform."`
	Check       checkCmd       `cmd:"" help:"Try the connection to a chat platform."`
	Manifest    manifestCmd    `cmd:"" help:"Print the Slack app's manifest."`
	Verbs       verbsCmd       `cmd:"" help:"Print the table of chat commands."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the program and returns its exit status: 0, 1 for anything that went
// wrong, 2 for a command line that cannot be read.
func (p *program) run(ctx context.Context, args []string) int {
	var cl commandLine
	exit := -1
	parser, err := kong.New(&cl, kong.Name("sitrep"), kong.Description("A chat-ops incident bot: one program, one file of data."),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { exit = code }), kong.UsageOnError(), kong.Bind(p))
	if err != nil {
		fmt.Fprintln(p.stderr, "sitrep:", err)
		return 1
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "sitrep: %v. See sitrep help.\n", err)
		return 2
	}
	level := slog.LevelWarn
	if cl.Verbose {
		level = slog.LevelDebug
	}
	p.log = slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(p.stderr, "sitrep:", sentence(err))
		return 1
	}
	return 0
}

// sentence says an error so that its reader knows what to do next.
func sentence(err error) string {
	var cfg *config.Error
	switch {
	case errors.As(err, &cfg):
		return cfg.Error()
	case errors.Is(err, store.ErrFull):
		return err.Error() + ". Free some space and start again; nothing that was acknowledged is lost."
	}
	return err.Error()
}

type versionCmd struct{}

// Run prints the version that the program was built from.
func (versionCmd) Run(p *program) error {
	version := "unknown"
	if bi, ok := debug.ReadBuildInfo(); ok {
		version = bi.Main.Version
		for _, s := range bi.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				version += " " + s.Value[:12]
			}
		}
	}
	_, err := fmt.Fprintln(p.stdout, "sitrep", version)
	return err
}
