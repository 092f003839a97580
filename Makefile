# Every target does its own set-up; make and a Python of 3.11 or newer are all it needs at hand.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: assess test lint wheel bench soak fuzz lock oracles system screens clean help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --no-deps --only-binary :all:
REPORT ?= examples/venezuela-2025.md

help: ## what each target does
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/made: tools/find-python.sh
	python=$$(PYTHON="$(PYTHON)" tools/find-python.sh) && "$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/runtime: $(VENV)/made requirements.lock pyproject.toml
	@echo "Installing pinned dependencies (once)"
	$(INSTALL) -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	@echo "Installing pinned development tools (once)"
	$(INSTALL) -r requirements-dev.lock
	@touch $@

assess: $(VENV)/runtime ## read an example report and write build/assess/brief.html
	@$(BIN)/offramp assess $(REPORT) --out build/assess --force

test: $(VENV)/dev ## lint, types, import arrows and the whole test suite
	@tools/check.sh
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/dev ## ruff, mypy --strict, import-linter
	@tools/check.sh

wheel: $(VENV)/dev ## build the wheel and try it in clean environments of every Python found
	@tools/try-wheel.sh

bench: $(VENV)/dev ## speed tables of benchmarks/
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

soak: $(VENV)/dev ## long crash, load and fuzz runs
	@OFFRAMP_SOAK=1 $(BIN)/python -m pytest -m soak --timeout 3600

screens: $(VENV)/dev ## pictures of the brief for docs/
	@$(BIN)/python tools/screens.py

build/oracles/made: tools/oracles/requirements.lock tools/find-python.sh
	python=$$(PYTHON="$(PYTHON)" tools/find-python.sh) && "$$python" -m venv --clear build/oracles
	build/oracles/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r $<
	@touch $@

oracles: build/oracles/made ## other packages' survival figures into tests/known (needs R's survival)
	@build/oracles/bin/python -W ignore tools/oracles/survival.py

build/fuzz/made: requirements-dev.lock tools/fuzz/requirements.lock tools/find-python.sh
	python=$$(PYTHON="$(PYTHON)" tools/find-python.sh) && "$$python" -m venv --clear build/fuzz/venv
	build/fuzz/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	build/fuzz/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r tools/fuzz/requirements.lock
	build/fuzz/venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

FUZZ_SECONDS ?= 60
FUZZ ?= setting over case efg nfg npz names lines feed mbox page api report
fuzz: build/fuzz/made ## coverage-guided fuzzing of every parser of outside bytes, FUZZ_SECONDS each
	@for target in $(FUZZ); do echo "== $$target"; build/fuzz/venv/bin/python tools/fuzz/fuzz.py $$target $(FUZZ_SECONDS) || exit 1; done

lock: ## resolve what is asked for into hashed requirement files
	python=$$(PYTHON="$(PYTHON)" tools/find-python.sh) && "$$python" -m venv build/lock-venv
	build/lock-venv/bin/python -m pip --disable-pip-version-check --quiet install uv
	build/lock-venv/bin/uv pip compile pyproject.toml --group build $(LOCK_FLAGS) -o requirements.lock
	build/lock-venv/bin/uv pip compile pyproject.toml --group build --group dev --all-extras -c requirements.lock $(LOCK_FLAGS) -o requirements-dev.lock
	build/lock-venv/bin/uv pip compile tools/oracles/requirements.in $(LOCK_FLAGS) -o tools/oracles/requirements.lock
	build/lock-venv/bin/uv pip compile tools/fuzz/requirements.in $(LOCK_FLAGS) -o tools/fuzz/requirements.lock
LOCK_FLAGS := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

system: ## Debian packages that some tests need (a browser); needs root
	@tools/system.sh

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
