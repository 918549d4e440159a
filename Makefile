# Everything is done through these names; `make` alone lists them.
#
# For what is tried and tested Cargo builds the whole workspace with the same features, whatever is then run. Building single
# crates (as `sim` and `deb` do, in release) chooses other features for the libraries they share and builds those once more.
# Tests add no features either (tests/tidy sees to it), so `run` and `test` share every library.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SEEDS ?= 1000
TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO_ALL := --workspace --lib --bins --tests
PAGE_SOURCES := $(shell find ui/src ui/index.html ui/vite.config.ts ui/package-lock.json -type f 2>/dev/null)
WEB_SOURCES := $(shell find web/src web/verify web/portal web/kiosk web/public web/vite.config.ts web/package-lock.json ui/src/styles/tokens.css -type f 2>/dev/null)

.PHONY: help setup page build run dev test check e2e shots sim torture attack bench deb packages

help: ## This list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

setup: ## Install what is missing; safe to run again
	@tests/setup/install

page: setup ui/dist/index.html web/dist/verify/index.html

# The page is compiled into the program, so it is built first, and only when it changed.
ui/dist/index.html: $(PAGE_SOURCES)
	npm --prefix ui run build
	@touch $@

# The pages for phones are read by the centre when it starts.
web/dist/verify/index.html: $(WEB_SOURCES)
	npm --prefix web run build
	@touch $@

build: page
	cargo build $(CARGO_ALL)

run: ## The counter in practice mode: window, card reader, printer, database and centre
	@tests/setup/run

dev: setup ## The page with a fake desk, shown anew at every change
	@echo 'http://127.0.0.1:5173/dev.html?as=clerk&card=senior#/window'
	npm --prefix ui run dev

test: setup ## Everything: format, lints, page, unit, integration and whole-system tests
	@tests/setup/suite all

check: setup ## The fast part of the tests, under two minutes when warm
	@tests/setup/suite fast

e2e: build ## The journeys through the real window
	@tests/setup/suite e2e

shots: build ## Pictures of every screen, in both languages, three themes and three sizes
	@tests/setup/shots

sim: setup ## Simulate desks and centre under SEEDS=n seeds of trouble
	cargo run --release --package simulation -- --seeds $(SEEDS)

torture: setup ## Days at a desk whose disk fails, SEEDS=n of them
	TORTURE_SEEDS=$(SEEDS) cargo test --package desk --test desk torture -- --nocapture

attack: build ## Every attack of docs/security.md, each refused and seen
	cargo test $(CARGO_ALL) -- $$(grep -oE '`[a-z0-9]+(_[a-z0-9]+){3,}`' docs/security.md | tr -d '`' | sort -u)

bench: page ## Measure; the last part sends the recovery storm of a whole city to the centre
	cargo build --release --workspace --bins
	cargo bench --workspace --bench '*'
	$(TARGET)/release/load

deb: page ## The Debian packages of window and centre, in the folders it prints
	packaging/window
	packaging/centre

packages: page ## Try both packages on a bare Debian system (root; makes one in the build folder)
	packaging/test
