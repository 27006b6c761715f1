# Every step that a person or the CI needs. `make` alone lists them.

# No file is made here; every target is a command.
.PHONY: help demo tour test check bench fmt fuzz torture seeds e2e assets browser need-cargo need-fuzz need-npm
.DEFAULT_GOAL := help

# What `make fuzz` runs, and for how long.
FUZZ_TARGET ?= photo
FUZZ_SECONDS ?= 60

# How often `make torture` kills.
CYCLES ?= 2000

# How many evenings at the tills `make seeds` plays.
SEEDS ?= 50000

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-7s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: need-cargo assets ## a made-up chain with live traffic, at http://127.0.0.1:8080/ until you stop it
	cargo run --release --locked -p bonafide -- demo --data demo-data --port 8080

tour: need-cargo assets ## the command line: faces of the fixtures, an evaluation, a day of a book of members
	./demo/run.sh

# From cheap to dear: the first failure ends it. clippy and doc share one set of checked dependencies, so that there are
# two builds of them and not three; the rules of `xtask tidy` are one of the tests.
test: need-cargo assets ## everything the CI asks: format, lints, docs, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	cargo test --workspace --locked

check: need-cargo assets ## the quick part of it: format, lints, house rules
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask tidy

bench: need-cargo assets ## measure speed, and the ratios to other programs
	./bench/run.sh

fmt: need-cargo ## format all Rust code
	cargo fmt --all

# New inputs go to out/: those under fuzz/corpus are chosen by hand, and the tests replay them.
fuzz: need-cargo need-fuzz ## feed random input to FUZZ_TARGET (photo) for FUZZ_SECONDS (60)
	@mkdir -p out/fuzz/$(FUZZ_TARGET)
	cargo +nightly fuzz run $(FUZZ_TARGET) "$(CURDIR)/out/fuzz/$(FUZZ_TARGET)" \
		"$(CURDIR)/fuzz/corpus/$(FUZZ_TARGET)" -- -max_total_time=$(FUZZ_SECONDS)

torture: need-cargo assets ## kill a writing program CYCLES (2000) times and look at its book after each
	BONAFIDE_KILL_CYCLES=$(CYCLES) cargo test --package bonafide-store --locked --test it crash::kill -- --nocapture

seeds: need-cargo ## play SEEDS (50000) times a thousand requests at wallets of points, against a heap of single points
	BONAFIDE_LEDGER_SEEDS=$(SEEDS) cargo test --release --package bonafide-domain --locked --test it ledger:: -- --nocapture

e2e: need-cargo assets browser ## walk through the pages of a demo in Chromium; pictures land in out/e2e
	cargo build --locked -p bonafide
	node e2e/run.mjs "$${CARGO_TARGET_DIR:-target}/debug/bonafide"

# Exactly what the lock file says, fetched once; scripts of packages are not run.
ASSETS = crates/bonafide/assets
assets: $(ASSETS)/node_modules/.package-lock.json ## fetch the browser libraries that the program embeds (needs npm)

$(ASSETS)/node_modules/.package-lock.json: $(ASSETS)/package-lock.json
	@$(MAKE) --no-print-directory need-npm
	cd $(ASSETS) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# The same for what drives the browser; Chromium itself is the system's.
browser: e2e/node_modules/.package-lock.json

e2e/node_modules/.package-lock.json: e2e/package-lock.json
	@$(MAKE) --no-print-directory need-npm
	cd e2e && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

need-npm:
	@command -v npm >/dev/null || { echo "npm is missing: install it (Debian: apt install npm), then run again" >&2; exit 1; }

need-cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust: https://rustup.rs, then run again" >&2; exit 1; }

need-fuzz: need-cargo
	@cargo +nightly fuzz --version >/dev/null 2>&1 || { \
		echo "fuzzing needs a nightly compiler and cargo-fuzz; this installs both:" >&2; \
		echo "  rustup toolchain install nightly && cargo install --locked cargo-fuzz" >&2; exit 1; }
