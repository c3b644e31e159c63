# The commands of this project. `make demo` and `make test` work on a machine that has only
# Python 3.11 or newer, git and make: the first one lets weft build its own environment.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PYTEST_OPTIONS ?=
CONFORMANCE_OPTIONS ?=

.PHONY: demo test check docs conformance format bench clean

$(VENV)/weft-ready: pyproject.toml tools/bootstrap.py
	$(PYTHON) tools/bootstrap.py $(VENV)

demo: $(VENV)/weft-ready
	$(BIN)/python tools/demo.py

test: $(VENV)/weft-ready
	$(BIN)/python tools/run_tests.py $(PYTEST_OPTIONS)

check: $(VENV)/weft-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .import_linter_cache
	$(BIN)/python tools/links.py
	$(BIN)/python -m pytest -q tests/house

# The documentation as a site, in `site/`; `.venv/bin/zensical serve` shows it while one writes.
docs: $(VENV)/weft-ready
	$(BIN)/python tools/links.py
	$(BIN)/zensical build --strict --clean
	$(BIN)/python tools/links.py --site site

# Needs the network, once: the scenarios are downloaded, by version and hash, into .conformance.
# One of them, told at length: make conformance CONFORMANCE_OPTIONS="--select yanked -v"
conformance: $(VENV)/weft-ready
	$(BIN)/python -m tests.conformance --cli $(BIN)/weft $(CONFORMANCE_OPTIONS)
	$(BIN)/python -m tests.conformance --cli $(BIN)/weft --as-lock --sync --index json $(CONFORMANCE_OPTIONS)
	$(BIN)/python -m tests.conformance --cli $(BIN)/weft --again --kinds install,compile --index json $(CONFORMANCE_OPTIONS)

format: $(VENV)/weft-ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# weft beside uv and pip: a table, bench/results/latest.json and docs/images/benchmarks.svg. As root.
# Some workloads: make bench WORKLOAD="noop warm"; fewer rounds: WEFT_BENCH_ROUNDS=3 make bench
bench: $(VENV)/weft-ready
	$(BIN)/python -m bench $(WORKLOAD)

clean:
	rm -rf $(VENV) .boot .demo site .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
