# Thin doors: each target is one command. `make run` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python

.PHONY: setup run test check bench load train

# Asked first: an older Python fails much later, with words about packages.
OLD = Aurora needs Python 3.11 or newer: name one, as in make run PYTHON=python3.12
NEW_VENV = $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(OLD)")' && $(PYTHON) -m venv --clear $(VENV)
PIP = $(RUN) -m pip --disable-pip-version-check

setup: $(VENV)/.runs

# The stamps are younger than the requirements exactly when these are installed.
$(VENV)/.runs: requirements.txt
	@$(PIP) --version >/dev/null 2>&1 || { $(NEW_VENV); }
	$(PIP) install --quiet -r requirements.txt
	touch $@

$(VENV)/.tests: requirements.txt requirements-dev.txt requirements-janus.txt
	@$(PIP) --version >/dev/null 2>&1 || { $(NEW_VENV); }
	$(PIP) install --quiet -r requirements-dev.txt
	touch $(VENV)/.runs $@

run: $(VENV)/.runs
	@exec $(RUN) manage.py up

# Two processes, each with servers of its own; a file's tests stay together, as they share what they start.
test: $(VENV)/.tests
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist loadfile

check: $(VENV)/.tests
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(RUN) manage.py check --fail-level WARNING

bench: $(VENV)/.tests
	$(RUN) manage.py bench --json var/bench.json --plot docs/bench.png

# What one web process bears, the model aside; then the description of the API, tried at length.
load: $(VENV)/.tests
	OMP_NUM_THREADS=1 $(RUN) -m tests.load
	OMP_NUM_THREADS=1 $(RUN) -m tests.load.schema

# As in: make train PART=tokenizer RECIPE=cpu
PART ?= tokenizer
RECIPE ?= cpu
train: $(VENV)/.runs
	$(RUN) manage.py train $(PART) --recipe $(RECIPE)
