# Everything a person needs, on a fresh Debian machine with Python 3.11 and make. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help setup run test check unit browser-tools lock migrate screenshots bench-quality bench-speed clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/installed ## virtual environment in .venv with the pinned packages

.venv/installed: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or newer is needed (found: $$($(PYTHON) --version))."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Compiling the match engine (half a minute, once)"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m matchplatform.matching.engine.warming
	@touch $@

run: setup ## the site with demo data on http://127.0.0.1:8000 (PORT=… for another port)
	@$(FLASK) db upgrade
	@$(FLASK) demo
	@echo "打开 http://127.0.0.1:$(PORT)/ 。按 Ctrl+C 停下；数据在 instance/ 里，下次接着用。"
	@PORT=$(PORT) $(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

test: setup browser-tools check unit ## everything: style, types, tests on SQLite and PostgreSQL, journeys in a browser

check: setup
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -n 2 -q --database sqlite
	$(BIN)/python -m pytest -n 2 -q --database postgresql -m "not once"

# Chromium, CJK fonts, PostgreSQL and LibreOffice Writer come by apt when this may be done; otherwise the tests that
# need them say that they are skipped and why (in CI they fail instead).
browser-tools:
	@bash tests/install-tools.sh

lock: ## renew requirements.lock from requirements.in and requirements-dev.in (needs uv)
	uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade requirements.in requirements-dev.in --output-file requirements.lock

migrate: setup ## write a migration from the models: make migrate MESSAGE="…"
	$(FLASK) db migrate --message "$(MESSAGE)"

screenshots: setup browser-tools ## draw docs/screenshots anew from the demo data
	$(BIN)/python docs/make_screenshots.py

# Peers and the project's own packages, apart from .venv so that nothing measured there can change what runs.
SIZES ?= 10000 100000 1000000
.venv-bench/installed: requirements.lock benchmarks/requirements.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

bench-speed: .venv-bench/installed ## the engine beside its peers, one thread (SIZES="10000 100000 1000000"; some 15 minutes, 8 GB)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 .venv-bench/bin/python -m benchmarks.speed --sizes $(SIZES) --out benchmarks/speed.md

bench-quality: setup ## how good the ranking is: every system, every collection of ../shared/bench
	$(BIN)/python benchmarks/quality.py

clean: ## remove the virtual environment and caches; the data in instance/ stays
	rm -rf .venv .venv-bench .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache *.egg-info
