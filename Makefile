# Dalil: `make run` runs it, `make test` tests it. Both do all of their own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV_VERSION := 0.13.9
TYPESCRIPT := 5.9.3
PYTHON ?= python3.11
UV := .tools/bin/uv
# Each takes about a gigabyte, with an engine of its own.
TEST_PROCESSES ?= 2
APP := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export UV_LINK_MODE ?= copy

# The CPU build of torch: from the wheel folder that pip is set up with, else from PyTorch's own index.
PIP_LINKS := $(or $(PIP_FIND_LINKS),$(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null))
ifneq ($(strip $(PIP_LINKS)),)
export UV_FIND_LINKS ?= $(strip $(PIP_LINKS))
else
export UV_TORCH_BACKEND ?= cpu
endif

help: ## Show what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

run: setup ## Train what changed, start everything, print the addresses
	@.venv/bin/dalil run

test: setup-test ## Everything: lint, types, imports, tests (browser tests where Chromium is found)
	@$(APP) -m ruff check .
	@$(APP) -m ruff format --check --quiet . || { echo "Not formatted: run .venv/bin/ruff format ."; exit 1; }
	@$(APP) -m mypy
	@$(APP) -m mypy --config-file bot/components/mypy.ini --python-executable .venv-rasa/bin/python bot/components
	@.venv/bin/lint-imports --no-cache
	@$(MAKE) --no-print-directory check-client
	@.venv/bin/dalil kb check
	@.venv/bin/dalil kb check --questions knowledge_base/questions.yml --at-least 0.85
	@.venv/bin/dalil train
	@.venv/bin/dalil kb build
	@$(APP) -m pytest -m "not long" -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

check-client: ## Check the types of the widget's and the desk's modules, where Node is; nobody else needs it
	@if command -v npm >/dev/null; then \
	  test -x .tools/node/$(TYPESCRIPT)/node_modules/.bin/tsc || npm install --silent --no-audit --no-fund \
	    --prefix .tools/node/$(TYPESCRIPT) typescript@$(TYPESCRIPT); \
	  for page in web desk; do .tools/node/$(TYPESCRIPT)/node_modules/.bin/tsc -p channels/$$page || exit 1; done; \
	else echo "No npm here: the types of the pages' modules are not checked."; fi

test-long: setup-test ## The long run: fifty kills instead of five, and the rest
	@.venv/bin/dalil train
	@$(APP) -m pytest -m long

bench: setup-test ## Measure quality and speed on ../shared/data, side by side with Rasa's starter pipeline
	@.venv/bin/dalil train
	@$(APP) -m tests.benchmarks

screenshots: setup-test ## Pictures of the widget and the desk in every state, and of each page, into screenshots/
	@$(APP) -m tests.screenshots

setup: .venv/.done .venv-rasa/.done ## Build both environments

setup-test: setup .venv/.done-test

.tools/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo "Dalil needs Python 3.11 ($(PYTHON) was not found). Debian: apt install python3.11 python3.11-venv"; exit 1; }
	@echo "Fetching uv $(UV_VERSION) (it installs the rest) …"
	@$(PYTHON) -m venv .tools || { echo "Python's venv module is missing. Debian: apt install python3-venv"; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.done: requirements/app.lock pyproject.toml | .tools/bin/uv
	@echo "Building the application's environment (about 1.5 GB; a minute or a few) …"
	@test -x $(APP) || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip install --quiet --python $(APP) -r requirements/app.lock
	@$(UV) pip install --quiet --python $(APP) --no-deps --editable .
	@touch $@

.venv/.done-test: requirements/dev.lock .venv/.done
	@echo "Adding what the tests need …"
	@$(UV) pip install --quiet --python $(APP) -r requirements/dev.lock
	@touch $@

.venv-rasa/.done: requirements/rasa.lock | .tools/bin/uv
	@echo "Building the dialogue engine's environment (about 1.7 GB; a minute or a few) …"
	@test -x .venv-rasa/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-rasa
	@$(UV) pip sync --quiet --python .venv-rasa/bin/python requirements/rasa.lock
	@touch $@

lock: | .tools/bin/uv ## Write the lock files anew
	@cd requirements && export UV_CUSTOM_COMPILE_COMMAND="make lock" && \
	  ../$(UV) pip compile --quiet --python-version 3.11 app.in -o app.lock && \
	  ../$(UV) pip compile --quiet --python-version 3.11 dev.in -c app.lock -o dev.lock && \
	  ../$(UV) pip compile --quiet --python-version 3.11 rasa.in --override rasa-overrides.txt -o rasa.lock

clean: ## Remove environments, models, indexes; var/ with conversations and secrets stays
	rm -rf .venv .venv-rasa .tools models var/index

.PHONY: help run test check-client test-long bench screenshots setup setup-test lock clean
