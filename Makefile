# Everything that can be checked or made. `make test` is what .ci/run runs.

GO          ?= go
FUZZTIME    ?= 30s
CI          ?=
NODE        ?= internal/webtest/node
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all test check format vet lint generated tools race bench fuzz golden eval

all: test

# test runs every check. Where a tool is missing it is installed (as root, on a
# Debian machine), or the check that was not run is named; with CI=true that is
# a failure.
test: tools check
	$(GO) test -race -timeout 30m ./...

tools:
	@command -v cc >/dev/null || command -v gcc >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends gcc libc6-dev; \
	  else echo "The tests run with -race, which needs a C compiler (Debian: apt-get install gcc libc6-dev)." >&2; exit 1; fi; }
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium; \
	  elif [ -n "$(CI)" ]; then echo "chromium is missing" >&2; exit 1; \
	  else echo "Not run: the browser tests. Install Chromium (Debian: apt-get install chromium)."; fi; }
	@command -v npm >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nodejs npm; \
	  elif [ -n "$(CI)" ]; then echo "npm is missing" >&2; exit 1; fi; }
	@[ $(NODE)/node_modules/.package-lock.json -nt $(NODE)/package-lock.json ] || npm ci --prefix $(NODE) --no-audit --no-fund || { \
	  if [ -n "$(CI)" ]; then echo "axe-core and the clients from elsewhere could not be installed" >&2; exit 1; \
	  else echo "Not run: axe-core, html-validate and the clients of the page from elsewhere. They are installed by npm ci --prefix $(NODE)."; fi; }

# check looks at the text of the code, and at what is generated from it.
check: format vet lint generated

format:
	@out=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); if [ -n "$$out" ]; then echo "gofmt: $$out" >&2; exit 1; fi

vet:
	$(GO) vet ./...

# lint runs staticcheck at its pinned version, built the first time (a minute).
# golangci-lint, with .golangci.yml, has more to say and is not needed to pass.
lint:
	@if $(GO) run $(STATICCHECK) -version >/dev/null; then echo "staticcheck ./..."; $(GO) run $(STATICCHECK) ./...; \
	elif [ -n "$(CI)" ]; then echo "staticcheck could not be built" >&2; exit 1; \
	else echo "Not run: staticcheck, which could not be built. It is fetched through the Go module proxy."; fi

# generated holds what is made from the table of verbs to the table. What is
# documented of the configuration is printed from its source and kept nowhere.
generated:
	@$(GO) run ./cmd/sitrep manifest | cmp - manifest.yml || { echo "manifest.yml is not what the verbs say: go run ./cmd/sitrep manifest > manifest.yml" >&2; exit 1; }
	@$(GO) test -run 'TestManifest|TestReadmeHasTheVerbs' ./cmd/sitrep

race:
	$(GO) test -race ./...

# bench measures; docs/performance.md says how to read it.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 2s -timeout 60m ./...

# eval drafts real incidents and compares the drafts with what people marked in
# them; docs/evaluation.md says how to read it. DATA is where they lie.
DATA ?= ../shared/data
eval:
	$(GO) run ./cmd/evaluate -data $(DATA) -v

# fuzz runs every fuzz target for FUZZTIME each.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
	  done; done

# golden writes the golden files anew; read the difference like code.
golden:
	@set -e; for pkg in $$(grep -rl 'flag.Bool("update"' --include '*_test.go' . | xargs -n1 dirname | sort -u); do $(GO) test $$pkg -update; done
