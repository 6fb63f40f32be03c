# Two commands do all the set-up: `make demo` and `make test`. Both need Python 3.11 or newer and make, no more.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage mutants docs-check slow lint types check clean

demo: $(VENV)/installed
	$(BIN)/backage demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not slow"

coverage: $(VENV)/installed-dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto -m "not slow"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

mutants: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	$(BIN)/mutmut run --max-children 2

docs-check: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not slow" tests/docs tests/test_docs.py tests/test_readme.py

slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m slow

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet .github action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

types: $(VENV)/installed-dev
	$(BIN)/mypy

check: lint types test slow

clean:
	rm -rf $(VENV) .venv-3.* backage-demo mutants build dist .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@ $(VENV)/installed
