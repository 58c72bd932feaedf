# Two commands for newcomers: `make run` and `make test`. Everything else is for those who change Twinbot.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
SECONDS ?= 600
SITE := $(BIN)/python -m bot.reference.site && $(BIN)/zensical build --strict --config-file build/site.toml
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test install install-tests check audit fuzz bench docs clean

run: install  ## the rehearsal room, or the bot on Telegram when TELEGRAM_TOKEN is set
	@$(BIN)/twinbot run

test: install-tests  ## every test: SQLite, a real PostgreSQL, a real browser where one is installed
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist load

install: $(VENV)/.installed  ## the runtime in .venv, so that .venv/bin/twinbot exists

install-tests: $(VENV)/.installed-tests

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Twinbot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[postgres,reports]'
	@$(BIN)/python -m compileall -q bot flows storage  # a unit may have no right to write here when it starts
	@touch $@

$(VENV)/.installed-tests: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[tests]'
	@touch $@ $(VENV)/.installed

check: install-tests audit  ## lint, types, import contracts, flows, translations, docs, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/twinbot flows check
	$(BIN)/twinbot translations check
	$(BIN)/python -m bot.reference --check
	$(SITE)

audit: install-tests  ## known vulnerabilities of the packages in constraints.txt
	@$(PIP) --editable '.[audit]' || echo '!!! pip-audit can not be installed here.'
	$(BIN)/python .ci/audit.py

fuzz: install-tests  ## strange updates and texts, for SECONDS; no part of the tests
	@$(PIP) --editable '.[fuzz]' || echo '!!! atheris can not be installed here.'
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

bench: install-tests  ## the figures, as ratios against peers in the same run
	$(BIN)/python -m benchmarks

docs: install-tests  ## write the generated parts of docs/ anew, and make the site in build/site
	$(BIN)/python -m bot.reference
	$(SITE)

clean:
	rm -rf $(VENV) build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
