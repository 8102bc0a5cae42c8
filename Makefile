# Encore: every command a person needs. `make install` first; the others call it.
# Dependencies come in the exact versions of requirements.lock.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install system demo shop test acceptance bench bench-quality lint lock clean

help:  ## what can be made here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

install: system $(STAMP)  ## .venv with Encore and all it needs; Chromium and PostgreSQL from the system's packages

system:
	@sh tests/system-packages.sh

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing Encore into .venv (about a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: install  ## the demo shop on real orders, at http://127.0.0.1:8000/
	@$(BIN)/encore demo

shop: install  ## a real shop (django-oscar) with Encore beside it, at http://127.0.0.1:8001/
	@$(BIN)/python -m tests.shop

test: install  ## every test in its short form
	@$(BIN)/python -m pytest

acceptance: install  ## what users notice, in the long form
	@$(BIN)/python -m pytest tests/acceptance -m "long or not long" --timeout=1800

bench: install  ## speed and memory, as ratios in one run; fails nothing
	@$(BIN)/python -m tests.benchmarks

bench-quality: install  ## how good the suggestions are, beside tuned peers; writes docs/quality.md (up to an hour)
	@$(BIN)/python -m tests.benchmarks.quality

lint: install  ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lock:  ## write requirements.lock anew from what .venv holds
	@$(BIN)/python -m pip freeze --all --exclude-editable --exclude pip > requirements.lock

clean:  ## remove what was built here
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
