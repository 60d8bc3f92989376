# Every target of the project. `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
# Node may lie in .setup/node (setup.sh puts it there), Rust in rustup's folder.
export PATH := $(CURDIR)/.setup/node/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

DATA ?= data

.PHONY: help setup build run test check bless bench package clean portal

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-9s %s\n", $$1, $$2 }'

setup: ## install what is missing for everything, tests included
	@./setup.sh test

portal: ## build the web pages into portal/dist
	@./setup.sh run
	@scripts/portal.sh

build: portal ## build the pages and the binary target/debug/jingwei
	@cargo build --package jingwei

run: build ## set up, build and start the demonstration city in ./data
	@scripts/run.sh --data $(DATA)

test: ## set up and pass every test: Rust, portal, browser, packs, tidy, lints
	@./setup.sh test
	@scripts/test.sh

check: ## compile without feature sql and without the portal: the inner loop
	@./setup.sh rust
	@cargo check --package jingwei --no-default-features --all-targets

bless: build ## write openapi.json, the portal's client and golden files anew
	@cargo xtask bless

bench: portal ## build for release and print the table of docs/BENCHMARKS.md
	@bench/run.sh

package: portal ## build for release and pack target/package/*.tar.gz
	@cargo build --release --package jingwei
	@scripts/package.sh

clean: ## delete what was built; the city in ./data stays
	@cargo clean
	@rm -rf portal/dist portal/node_modules
