# Each target sets up what it needs by itself: a Python of 3.11 or later, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Spark lags behind pandas, so it lives apart; nothing else needs it.
SPARK_VENV := .venv-spark
SPARK_INSTALLED := $(SPARK_VENV)/.installed
# Three workers share two cores, since some tests wait for clocks and sockets; tests that share an
# expensive fixture stay together, and those that take long begin first (tests/conftest.py).
PYTEST_FLAGS ?= -n 3 --dist loadgroup --no-loadscope-reorder
# Such as --factor 10 --cache /data/bench --json ten.json; see tests/benchmarks/bench.py.
BENCH_FLAGS ?=
# Nothing that runs here tells anybody about it.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run run-spark test test-spark faults lint ui docs bench clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(INSTALLED) ## Install into .venv what the lock says, with hashes

run: $(INSTALLED) ## From the agencies' deliveries to a published scorecard
	@$(BIN)/skills refresh

run-spark: $(INSTALLED) $(SPARK_INSTALLED) ## The same models on a Spark cluster here, compared row by row
	@$(BIN)/skills refresh
	@$(BIN)/skills spark

test: lint ## Lint, then every test
	@$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-spark: $(INSTALLED) ## The whole project on Spark, with its tests; make test builds a part
	@SPARK=whole $(BIN)/python -m pytest tests/spark

faults: $(INSTALLED) ## Every fault that the promises must outlive: hours; goes on where it stopped
	@FAULTS=long $(BIN)/python -m pytest $(PYTEST_FLAGS) tests/faults

lint: $(INSTALLED) ## Style, types and SQL in both dialects
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --dialect duckdb dbt_project
	@$(BIN)/sqlfluff lint --dialect sparksql dbt_project
	@$(BIN)/python -m ingestion.dbt_sources --check

ui: $(INSTALLED) ## Open Dagster on http://127.0.0.1:3000
	@$(BIN)/skills ui

docs: $(INSTALLED) ## Write the documentation of every model to one HTML page
	@$(BIN)/skills docs

bench: $(INSTALLED) ## Measure ours beside the floor, dbt, pandas, polars and dlt
	@$(BIN)/python tests/benchmarks/bench.py $(BENCH_FLAGS)

clean: ## Remove what can be made again; deliveries, secrets and published versions stay
	rm -rf $(VENV) $(SPARK_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .skills/work
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed, $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) lacks the module venv (Debian and Ubuntu: apt install python3-venv)."; exit 1; }
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(SPARK_INSTALLED): requirements-spark.lock
	@test -x $(SPARK_VENV)/bin/python || $(PYTHON) -m venv $(SPARK_VENV)
	@echo "Installing into $(SPARK_VENV) …"
	@$(SPARK_VENV)/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@
