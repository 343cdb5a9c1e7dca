# Everything starts here: `make` prints this list. Needs Python 3.11+, make and a package registry.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
export PYTHONDONTWRITEBYTECODE := 1
export PYTHON

.PHONY: help setup run test check demo bench prove screens parts format lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 10

setup: .venv/assets.stamp .venv/words.stamp ## Prepare .venv with everything `run` and `demo` need

run: setup ## Serve the system with a demo province and virtual cards at http://127.0.0.1:8000
	@exec $(BIN)/healthcard run

demo: setup ## Tell the life of cards in the terminal; the last line says whether all went right
	@exec $(BIN)/healthcard demo $(if $(KEEP),--keep $(KEEP))

test: parts .venv/readers.stamp ## Pass every test (installs pcscd, OpenSC, PostgreSQL 15, Chromium where it can)
	@# the many processes that tests start read what the first one compiled
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadgroup

check: .venv/test.stamp ## Lint, types, import contracts, migrations, README
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	cd station && ../$(BIN)/mypy --strict src
	$(BIN)/lint-imports --no-cache | tail -n 12
	$(BIN)/healthcard manage makemigrations --check --dry-run
	$(BIN)/python tools/readme.py

bench: parts .venv/readers.stamp ## Measure: a table, and the same as JSON in var/bench.json
	@exec $(BIN)/python -m bench

prove: parts .venv/readers.stamp ## The long proofs, up to an hour, one line each
	@exec $(BIN)/python -m prove

screens: parts .venv/test.stamp ## Take the pictures of docs/screens in a browser, from a demo made for it
	@$(BIN)/python tools/screens.py

parts: ## The system parts that `test` uses: installed where we may, else the command is named
	@tools/parts

format: .venv/test.stamp ## Put the code into its form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

lock: ## Renew the hash locks in requirements/ (needs uv)
	@for set in run "run test" readers; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    $$(printf 'requirements/%s.in ' $$set) -o requirements/$${set##* }.txt || exit 1; done

clean: ## Remove what `setup` and `run` made (the demo's cards and keys too)
	rm -rf .venv var build .mypy_cache .ruff_cache .hypothesis

.venv/run.stamp: requirements/run.txt pyproject.toml station/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "healthcard needs Python 3.11 or newer; name one with make PYTHON=python3.12 ..."; exit 1; }
	@echo "Preparing .venv ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m venv .venv; } \
	  || { rm -rf .venv; echo "Python's venv module is missing. On Debian: sudo apt-get install python3-venv"; exit 1; }
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable . --editable station
	@touch $@

.venv/assets.stamp: src/healthcard/web/assets/package-lock.json tools/assets.toml tools/assets.py .venv/run.stamp
	@$(BIN)/python tools/assets.py
	@touch $@

.venv/words.stamp: $(shell find src/healthcard/web -name django.po) tools/words.py .venv/run.stamp
	@$(BIN)/python tools/words.py
	@touch $@

.venv/test.stamp: requirements/test.txt tests/browser/package-lock.json .venv/assets.stamp .venv/words.stamp
	@$(PIP) -r requirements/test.txt
	@$(BIN)/python tools/assets.py tests/browser
	@touch $@

# Compiles pyscard; where its headers cannot be had the tests of readers are skipped (never with CI=true).
.venv/readers.stamp: requirements/readers.txt .venv/test.stamp | parts
	@if tools/parts --has libpcsclite-dev && tools/parts --has python3-dev && tools/parts --has gcc; then \
	  PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) --no-build-isolation -r requirements/readers.txt && touch $@; fi
