# Every command is a line of Python that also works without make; the README lists them for Windows.
PYTHON ?= $(shell command -v python3 || echo python)
PORT ?= 8000
BIN := .venv/bin
# Only from the command line: in the environment, LANGUAGE belongs to gettext and does not choose the subjects' language.
SPEECH :=
ifeq ($(origin LANGUAGE),command line)
SPEECH += --language "$(LANGUAGE)"
unexport LANGUAGE
endif
ifeq ($(origin CURRENCY),command line)
SPEECH += --currency "$(CURRENCY)"
endif
# Tests start hundreds of Pythons: what each compiles is kept for the next.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder
export PORT LAN DATABASE_URL

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev serve stop demo archive forget check test test-all bench lint translations docs-figures docs-tables docs-coverage docs-screenshots

help:
	@echo "make serve   serve the experiment on http://localhost:8000   (PORT=8000, LAN=1, DATABASE_URL=postgresql://...)"
	@echo "                                                             (LANGUAGE=de, CURRENCY=EUR: for the subjects; also with make demo)"
	@echo "make stop    stop a server that runs in another terminal"
	@echo "make demo    let bots play a whole session over HTTP, and compare it with the theory"
	@echo "make archive SESSION=code   write all data of a session into a dated folder of archive/ (ARGS='--url https://... --out DIR')"
	@echo "make forget CODE=code       remove what a participant with this withdrawal code left: label, questionnaire and events"
	@echo "make check   linters, and all tests that need no server, no browser and no oTree: before every commit"
	@echo "make test    all tests at small sizes                        (ARGS='tests/theory -x')"
	@echo "make test-all   all tests at full sizes: before a release"
	@echo "make bench   run the benchmarks"
	@echo "make docs-figures   redraw the figures of docs/paper.md"
	@echo "make docs-tables    write the README's table of session fields again"
	@echo "make docs-coverage  simulate how often the intervals of behavioural estimates cover (takes minutes)"
	@echo "make docs-screenshots   retake the screenshots of every page (docs/pages.md); needs Chromium"
	@echo "make lint    ruff, mypy, import-linter, pip check"
	@echo "make translations   update _locale with the project's sentences, and compile it"
	@echo "make setup   build .venv; the other commands do so by themselves"

# Anything that would keep the database from running is reported before anything is installed.
serve: SETUP := $(if $(DATABASE_URL),,--database)
demo: SETUP := --database

setup:
	@$(PYTHON) -m serve.setup $(SETUP)

setup-dev:
	@$(PYTHON) -m serve.setup --dev

serve: setup
	@$(BIN)/python -m serve $(SPEECH)

stop: setup
	@$(BIN)/python -m serve stop

demo: setup
	@$(BIN)/python -m serve demo $(SPEECH)

archive: setup
	@$(BIN)/python -m serve archive "$(SESSION)" $(ARGS)

forget: setup
	@$(BIN)/python -m serve forget "$(CODE)" $(ARGS)

check: lint
	@$(PYTEST) --size small -m "not server and not browser and not otree" $(ARGS)

test: setup-dev
	@$(PYTEST) --size small $(ARGS)

test-all: setup-dev
	@$(PYTEST) --size full $(ARGS)

bench: setup-dev
	@$(BIN)/python -m benchmarks $(ARGS)

translations: setup
	@$(BIN)/python -m serve.translations --collect

docs-figures: setup
	@$(BIN)/python -m docs.figures

docs-tables: setup
	@$(BIN)/python -m docs.tables

docs-coverage: setup
	@$(BIN)/python -m docs.coverage

docs-screenshots: setup-dev
	@$(BIN)/python -m docs.screenshots

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pip check
