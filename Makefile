# Everything a person does in this checkout. `make help` explains the targets.
#
#   PYTHON=python3.12   the interpreter that makes the environment (3.11 to 3.14; found by itself if not said)
#   VENV=.venv          where the environment is
#   ARGS="..."          passed on to the program of the target
#   JOBS=2              processes that run the tests
#   ONLY="..."          the parts that bench and bench-quick measure

VENV ?= .venv
JOBS ?= 2
ARGS ?=
ONLY ?=
PYTHON ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV_VERSION := 0.13.8

FIND_PYTHON := for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null \
	&& echo "$$python" && break; done

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## Explain every target
	@echo "make TARGET [ARGS=\"...\"] [PYTHON=python3.12] [VENV=.venv] [JOBS=2]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(STAMP) ## Make the environment from the pinned requirements, with this checkout in it (skipped when up to date)

$(STAMP): requirements/dev.txt pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "$(or $(PYTHON),this machine) has no Python 3.11 to 3.14 with venv: install one, or say PYTHON=..." >&2; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then echo "==> making $(VENV) with $$($$python --version)"; $$python -m venv $(VENV); fi
	@echo "==> installing the pinned requirements into $(VENV) (the first time downloads about 200 MB)"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@echo "==> installing this checkout into $(VENV), editable"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: quickstart
quickstart: install ## Run the whole thing here: real ZooKeeper and Kafka, a stream, SQL (ARGS="--once --rows 20000" ...)
	@echo "==> crushpad quickstart $(ARGS)"
	@$(BIN)/crushpad quickstart $(ARGS)

.PHONY: test
test: install lint types floors ## Everything that has to hold: style, types, floors, and every test (ARGS="-k name")
	@echo "==> running the tests in $(JOBS) processes (the first time fetches Kafka and ZooKeeper, about 52 MB)"
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

.PHONY: lint
lint: install ## Check style and formatting with ruff
	@echo "==> checking style and formatting"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted: make format" >&2; exit 1; }

.PHONY: format
format: install ## Format the code and fix what ruff can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: types
types: install ## Check types with mypy, strictly
	@echo "==> checking types"
	@$(BIN)/mypy

.PHONY: floors
floors: install ## Check with import-linter that no package imports from a floor above it
	@echo "==> checking the floors"
	@$(BIN)/lint-imports

.PHONY: bench
bench: install ## Measure everything, or ONLY=ingest,query,..., beside the limits and a peer (docs/performance.md)
	@$(BIN)/python -m scripts.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: bench-quick
bench-quick: install ## The same, small, in under five minutes, beside the result that was kept
	@$(BIN)/python -m scripts.bench --quick $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: dev-up
dev-up: install ## Start a Kafka and a ZooKeeper to develop against, in the background
	@$(BIN)/python scripts/dev_stack.py up $(ARGS)

.PHONY: dev-down
dev-down: install ## End what dev-up started; the data stays
	@$(BIN)/python scripts/dev_stack.py down $(ARGS)

.PHONY: requirements
requirements: install ## Write requirements/*.txt anew from pyproject.toml, with hashes (ARGS=--upgrade for newer versions)
	@echo "==> resolving for every supported Python and system"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet uv==$(UV_VERSION)
	@$(COMPILE) --output-file requirements/runtime.txt
	@$(COMPILE) --extra managed --constraints requirements/runtime.txt --output-file requirements/managed.txt
	@$(COMPILE) --extra managed --group dev --constraints requirements/managed.txt --output-file requirements/dev.txt

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make requirements" $(ARGS)

.PHONY: lock-jars
lock-jars: install ## Write crushpad/managed/jars.json anew: the servers' jars with their digests (downloads about 60 MB)
	@$(BIN)/python scripts/lock_jars.py

.PHONY: clean
clean: ## Remove the environment, caches and built files (not the data of a quickstart)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
