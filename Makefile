# Galley. `make demo` and `make test` need Rust, Python 3 and a C compiler, and `make test` Chromium and a WordPress; they
# install the rest into .tools/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOLS := .tools
export PATH := $(CURDIR)/$(TOOLS)/bin:$(PATH)
# SAM needs a region even for commands that make no calls.
export AWS_DEFAULT_REGION ?= us-east-1
export SAM_CLI_TELEMETRY := 0
# As for pip, the machine's own certificates count, and its own Python. A slow network is waited for.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export UV_HTTP_TIMEOUT := 180

.PHONY: help
help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

UV := $(TOOLS)/uv

# Installs what is written in Python. pip takes eight minutes of one processor for the same.
$(UV)/.installed: tools/uv.txt
	python3 -m venv $(UV)
	$(UV)/bin/pip install --quiet --requirement tools/uv.txt
	touch $@

# A Python with what a file names: $(call python,FOLDER,FILE).
python = $(UV)/bin/uv venv --quiet --allow-existing --python python3 $(1) && \
  $(UV)/bin/uv pip install --quiet --python $(1)/bin/python --requirement $(2)

$(TOOLS)/.installed: tools/requirements.txt $(UV)/.installed
	$(call python,$(@D),$<)
	touch $@

.PHONY: tools
tools: $(TOOLS)/.installed ## Install the pinned tools: cargo-lambda, sam, cfn-lint, Playwright.

NODE := $(TOOLS)/node

# From a wheel: a machine needs Python alone.
$(NODE)/.installed: tools/node.txt $(UV)/.installed
	$(call python,$(@D),$<)
	touch $@

.PHONY: node
node: $(NODE)/.installed ## Install the pinned Node, into .tools/node/bin.

API := $(TOOLS)/api
CLIENT_TOOLS := $(TOOLS)/clients

# Each has libraries of its own, so that no two tools argue about one.
$(API)/.installed $(CLIENT_TOOLS)/.installed: $(TOOLS)/%/.installed: tools/%/requirements.txt tools/%/package-lock.json $(NODE)/.installed
	$(call python,$(@D),$<)
	cp tools/$*/package.json tools/$*/package-lock.json tools/$*/.npmrc $(@D)
	cd $(@D) && PATH=$(CURDIR)/$(NODE)/bin:$$PATH npm ci --ignore-scripts --silent
	touch $@

.PHONY: api-tools
api-tools: $(API)/.installed ## Install what holds the API's document and the site's pages to their word: validators, linters, generators of clients.

.PHONY: api-fuzz
api-fuzz: build api-tools ## Try every operation 200 times, or EXAMPLES=, in each role, or in ROLE=. SEED= chooses with what.
	@target/debug/api-fuzz

.PHONY: client-tools
client-tools: $(CLIENT_TOOLS)/.installed ## Install what makes, checks and packs the clients in TypeScript and Python.

CLIENTS := dist/clients

.PHONY: clients
clients: $(CLIENT_TOOLS)/.installed console/openapi.json ## Make, check and pack the clients in TypeScript and Python, into dist/clients.
	rm -rf $(CLIENTS) && mkdir -p $(CLIENTS)
	cp -R clients/typescript clients/python $(CLIENTS) && cp LICENSE $(CLIENTS)/typescript && cp LICENSE $(CLIENTS)/python
	cp console/openapi.json $(CLIENTS)
	cd $(CLIENTS) && export PATH=$(CURDIR)/$(CLIENT_TOOLS)/bin:$(CURDIR)/$(CLIENT_TOOLS)/node_modules/.bin:$(CURDIR)/$(NODE)/bin:$$PATH && \
	  python3 $(CURDIR)/clients/generate.py openapi.json typescript && \
	  python3 $(CURDIR)/clients/generate.py openapi.json python && \
	  tsc --project typescript && npm pack --silent --pack-destination . ./typescript && \
	  publint --strict galley-client-*.tgz && attw --quiet --profile esm-only galley-client-*.tgz && \
	  pyproject-build --no-isolation --outdir . python && twine check --strict galley_client-*
	@ls $(CLIENTS)

# Not in PATH for all, because it has a Python of its own.
NPM := PATH=$(CURDIR)/$(NODE)/bin:$$PATH npm --prefix console

CHECKOV := $(TOOLS)/checkov

$(CHECKOV)/.installed: tools/checkov.txt $(UV)/.installed
	$(call python,$(@D),$<)
	touch $@

MOTO := $(TOOLS)/moto

$(MOTO)/.installed: tools/moto.txt $(UV)/.installed
	$(call python,$(@D),$<)
	touch $@

.PHONY: build
build: ## Build every program.
	cargo build --workspace --bins --locked

# Leaves out the tests and the command line, but builds the same features of the same crates, so that `make test` can reuse them.
STACK := cargo build --workspace --exclude galley-tests --exclude hello --bins --locked
.PHONY: stack
stack: ## Build the functions and the local stack.
	$(STACK) --exclude galley-cli --exclude galley-client

# The console is a client of the API: its types are made of the document, so a change of the API that it does not follow fails here.
console/openapi.json: stack
	@target/debug/galley-local openapi > $@.new
	@if cmp --silent $@.new $@; then rm $@.new; else mv $@.new $@; fi

console/node_modules/.installed: console/package-lock.json $(NODE)/.installed
	$(NPM) ci --silent
	touch $@

CONSOLE := functions/console/built/index.html
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -path console/dist -prune -o -type f -not -name openapi.json -not -name schema.d.ts -print)

$(CONSOLE): console/openapi.json console/node_modules/.installed $(CONSOLE_SOURCES)
	$(NPM) run --silent build

.PHONY: console
console: $(CONSOLE) ## Build the console, and the function that serves it.
	cargo build --workspace --exclude galley-tests --exclude hello --bins --locked

.PHONY: test-console
test-console: console/node_modules/.installed ## Test the parts of the console that need no browser.
	$(NPM) test --silent

.PHONY: screenshots
screenshots: console build tools ## Take pictures of every page of the console into docs/console.
	target/debug/screenshots

.PHONY: demo
demo: stack ## One task from the request to the live article.
	target/debug/galley-local demo

.PHONY: demo-pipeline
demo-pipeline: stack ## The whole pipeline against fake providers: phases, scores, costs, sources.
	target/debug/galley-local demo-pipeline

.PHONY: demo-publish
demo-publish: build ## One article on a real WordPress: published, changed, taken down, with what WordPress says each time.
	@target/debug/publish demo

# Where `make wordpress` listens: there blog.example.com leads to it.
WORDPRESS := 127.0.0.1:8790

.PHONY: run
run: console ## Keep the whole stack running on port 8787, with the console, and build `galley` beside it.
	$(STACK)
	GALLEY_CALLBACK_STAND_INS=$${GALLEY_CALLBACK_STAND_INS:-blog.example.com=$(WORDPRESS)} exec target/debug/galley-local run

.PHONY: practise
practise: console ## As run, with made-up providers that fail when told: bad nights to practise on (docs/runbook.md#practising).
	$(STACK)
	exec target/debug/galley-local practise

.PHONY: wordpress
wordpress: build ## Keep a real WordPress running beside `make run`, and show how it becomes a target.
	@target/debug/publish wordpress $(WORDPRESS)

.PHONY: chaos
chaos: build ## Load, kills and faults for up to five minutes. SEED= and TASKS= choose which.
	@target/debug/chaos

.PHONY: chaos-targets
chaos-targets: build ## The same on the way to a real WordPress, for some minutes. SEED= and TASKS= choose.
	@TASKS=$${TASKS:-200} target/debug/chaos targets

.PHONY: drill
drill: build ## Rehearse a restore: back up, lose, hold, restore, compare, resume; tells RTO and RPO. ARTICLES= says how much.
	@target/debug/drill

.PHONY: bench-pipeline
bench-pipeline: build ## Measure how long a task takes when each provider call takes a known time.
	@target/debug/bench-pipeline

PEERS := $(TOOLS)/bench
MEASURED := hello create-task query-tasks ingest-webhook process-task
# Pinned to one core, because migrations between cores distort the figures.
PINNED := $(if $(shell command -v taskset),taskset -c 0)

$(PEERS)/.installed: bench/peers/requirements.txt $(UV)/.installed
	$(call python,$(@D),$<)
	touch $@

.PHONY: bench-build
bench-build: build
	for name in $(MEASURED); do cargo build --release --locked --quiet --package $$name; done

.PHONY: bench
bench: bench-build $(PEERS)/.installed ## Benchmark functions, compared with others in Rust and Python. Needs valgrind.
	cd bench/default && cargo build --release --locked --quiet
	$(PINNED) target/debug/bench functions
	target/debug/bench stack
	target/debug/bench load

.PHONY: bench-load
bench-load: build ## A hundred clients at once on the local stack: no errors, and how long an answer takes (p95).
	target/debug/bench load

.PHONY: bench-bodies
bench-bodies: ## Measure the cost of bodies that are hard to parse; fails over 300 ms of CPU or 64 MB.
	cargo run --release --locked --quiet --package galley-domain --example bodies

.PHONY: gate
gate: ## Run the quality gate on the texts in FILE=, one JSON object a line; see docs/pipeline.md.
	@cargo run --release --locked --quiet --package galley-domain --example gate < $(FILE)

.PHONY: bench-check
bench-check: bench-build ## Compare instructions, size and memory with bench/baseline.json. Needs valgrind.
	$(PINNED) target/debug/bench check

.PHONY: bench-keep
bench-keep: bench-build ## Write the current figures as the baseline.
	$(PINNED) target/debug/bench keep

ARCH ?= arm64
TARGET := $(if $(filter x86_64,$(ARCH)),x86_64,aarch64)-unknown-linux-gnu
PROGRAMS := $(notdir $(wildcard functions/*))

# One build for all functions: SAM would begin one for each.
.PHONY: package
package: tools $(CONSOLE) ## Build all functions for ARCH= (arm64, x86_64) into dist/ARCH: archives, digests, what they are made of, a template.
	@[[ '$(ARCH)' == arm64 || '$(ARCH)' == x86_64 ]] || { echo 'ARCH must be arm64 or x86_64' >&2; exit 2; }
	rustup target add $(TARGET)
	rm -rf target/lambda dist/$(ARCH)
	GALLEY_COMMIT=$$(git rev-parse HEAD) cargo lambda build --release --locked --target $(TARGET) $(addprefix --package ,$(PROGRAMS))
	python3 tools/package.py $(ARCH) target/lambda dist/$(ARCH)

CLI := dist/cli
STATIC := $(if $(filter x86_64,$(ARCH)),x86_64,aarch64)-unknown-linux-musl

# For any Linux, whatever its C library and its processor: what cargo-lambda optimises for are Lambda's.
.PHONY: cli
cli: tools ## Build a static `galley` for ARCH= into dist/cli, hold it to 12 MB and, where it can run, its start to 20 ms.
	@[[ '$(ARCH)' == arm64 || '$(ARCH)' == x86_64 ]] || { echo 'ARCH must be arm64 or x86_64' >&2; exit 2; }
	rustup target add $(STATIC)
	cargo lambda build --release --locked --disable-optimizations --target $(STATIC) --package galley-cli
	cargo build --workspace --locked --bin galley
	python3 tools/cli.py $(ARCH) target/lambda/galley/bootstrap target/debug/galley $(CLI)

STAGES := dev staging production

.PHONY: deploy
deploy: ## Deploy STAGE=, with deploy/STAGE.yaml; shows the change set, then asks. AWS_PROFILE= chooses the account.
	@[[ ' $(STAGES) ' == *' $(STAGE) '* && -n '$(STAGE)' ]] || { echo 'STAGE must be one of: $(STAGES)' >&2; exit 2; }
	$(MAKE) package ARCH=$(ARCH)
	sam deploy --config-file $(CURDIR)/samconfig.toml --config-env $(STAGE) --template-file dist/$(ARCH)/template.yaml

.PHONY: redrive
redrive: stack ## Send dead letters back. URL= and KEY= name a deployment, QUEUE= and LIMIT= how much.
	@target/debug/galley-local redrive

.PHONY: operator-key
operator-key: stack tools ## Make the first key of a deployment. TABLE= names its table; AWS_PROFILE= or the environment has the credentials.
	@told=$$($(if $(filter file,$(origin AWS_DEFAULT_REGION)),env -u AWS_DEFAULT_REGION) $(TOOLS)/bin/python tools/credentials.py) && eval "$$told" && exec target/debug/galley-local operator-key

# Of the whole workspace, so that no dependency is compiled again with other features.
.PHONY: generate
generate: ## Write what comes from the code into template.yaml, docs/access.md and docs/pipeline.md.
	cargo build --workspace --bin generate --locked --quiet
	target/debug/generate

.PHONY: fmt
fmt: ## Format the code.
	cargo fmt --all

.PHONY: lint
lint: ## Format check and clippy.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: layers
layers: ## Check that there are no import cycles, upward imports or long files, no AWS, HTTP or runtime in the domain, and no dependency twice.
	python3 tools/layers.py

.PHONY: check-template
check-template: tools $(CHECKOV)/.installed $(MOTO)/.installed ## cfn-lint, sam validate and checkov, and the stack created on moto; without a network.
	cfn-lint template.yaml
	sam validate --lint
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml --file template.yaml
	$(MOTO)/bin/python tests/deploy/create.py

DENY := $(TOOLS)/.installed-cargo-deny@0.20.2
MACHETE := $(TOOLS)/.installed-cargo-machete@0.9.2
CARGO_FUZZ := $(TOOLS)/.installed-cargo-fuzz@0.13.2
LLVM_COV := $(TOOLS)/.installed-cargo-llvm-cov@0.9.1
MUTANTS := $(TOOLS)/.installed-cargo-mutants@27.1.0

$(TOOLS)/.installed-cargo-%:
	CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --root $(TOOLS) cargo-$*
	touch $@

.PHONY: supply-chain
supply-chain: $(DENY) $(MACHETE) ## Check licences, bans and sources of dependencies, and that none is unused.
	cargo deny --log-level error --locked check --hide-inclusion-graph bans licenses sources
	cargo machete

.PHONY: advisories
advisories: $(DENY) ## Check dependencies for known vulnerabilities, if their database can be reached.
	@if cargo deny --log-level off fetch db; then cargo deny --log-level error --locked check advisories; \
	else echo 'advisories: skipped, their database cannot be reached'; fi

# The counters are in memory-mapped files, so that killed processes are counted too.
.PHONY: coverage
coverage: $(LLVM_COV) ## Which lines the tests run, as HTML in target/coverage/html; fails under what tools/coverage.json asks. KEEP=1 makes it the baseline.
	rustup component add llvm-tools
	bash tools/coverage.sh $(if $(KEEP),--keep)

.PHONY: mutants
mutants: $(MUTANTS) ## Mutate the code behind the guarantees, one place at a time; a test must fail each time. FILE= and SHARD=k/n choose.
	bash tools/mutants.sh $(FILE)

FUZZ := webhook clean markdown cursor event
SECONDS_EACH ?= 60

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Fuzz each target for a minute (SECONDS_EACH=). Needs a nightly toolchain.
	@[[ '$(SECONDS_EACH)' =~ ^[1-9][0-9]{0,5}$$ ]] || { echo 'SECONDS_EACH must be a whole number of seconds' >&2; exit 2; }
	for target in $(FUZZ); do cargo +nightly fuzz run $$target -- -max_total_time=$(SECONDS_EACH) -rss_limit_mb=4096 -timeout=20; done

HANDLERS := $(basename $(notdir $(wildcard functions/*/tests/*.rs)))

# Covers the whole workspace, as in `make test`, so that nothing is compiled twice with other features.
.PHONY: check
check: lint layers ## The fast loop: format, clippy, layers, unit and handler tests.
	cargo test --workspace --locked --lib --test use_cases $(addprefix --test ,$(HANDLERS))

INSTALLED := $(DENY) $(MACHETE) $(addsuffix /.installed,$(TOOLS) $(CHECKOV) $(MOTO) $(NODE) $(API) $(CLIENT_TOOLS) console/node_modules)

.PHONY: installed
installed: $(INSTALLED)

.PHONY: linted-stack
linted-stack: lint
	$(STACK)

# What is installed waits for the network and for one core at a time: it comes beside what is compiled.
.PHONY: test
test: layers ## Everything: lints, unit, contract and end-to-end tests.
	$(MAKE) --no-print-directory --jobs 2 linted-stack installed
	$(MAKE) --no-print-directory supply-chain advisories check-template console test-console build clients
	cargo test --workspace --locked
