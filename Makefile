# Two commands do everything on a fresh clone: `make demo` and `make test`. Only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CASE := build/demo-case

.PHONY: demo test check bench fuzz kill-test acceptance browser-test docs golden clean

$(VENV)/.core: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.core

demo: $(VENV)/.core  ## investigate the bundled evidence; prints the verdict and where the report lies
	@$(BIN)/magistrate investigate scenarios/demo/logs --context scenarios/demo/context.yml -o $(CASE) --force

test: $(VENV)/.dev  ## all tests; public recordings are used where MAGISTRATE_CORPUS and MAGISTRATE_HOSTILE point at them
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.dev  ## format, lint, types, import contracts, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/magistrate playbook check t1047
	$(BIN)/python docs/generate.py --check

bench: $(VENV)/.dev  ## ratios measured in one run; never asserted by a timed test
	$(BIN)/python benchmarks/intake.py
	$(BIN)/python benchmarks/cache.py
	$(BIN)/python benchmarks/sigma.py

fuzz: $(VENV)/.dev  ## the long fuzz run; a short one is part of `make test`
	$(BIN)/python tests/fuzz/run.py --chunks 200000 --lines 50000

kill-test: $(VENV)/.dev  ## 100 kill -9 at random moments and before 40 changes of the case folder; a few are part of `make test`
	MAGISTRATE_KILLS=100 MAGISTRATE_KILL_CHANGES=40 $(BIN)/python -m pytest tests/cli/test_kill.py -q

acceptance: $(VENV)/.dev  ## the long forms of the acceptance tests: case record, properties, estate; an hour or more
	MAGISTRATE_CASE_EDITS=1000 MAGISTRATE_CASE_KILLS=200 $(BIN)/python -m pytest tests/cases -q
	MAGISTRATE_CASES=2000 $(BIN)/python -m pytest tests/decision/test_properties.py tests/decision/test_would_change.py -q
	MAGISTRATE_CHANNEL_PAIRS=1 $(BIN)/python -m pytest tests/acceptance/test_recordings.py -k channels_are_missing -q -s
	MAGISTRATE_PLANS=10000 $(BIN)/python -m pytest tests/response/test_random_plans.py -q
	MAGISTRATE_ESTATE=full $(BIN)/python -m pytest tests/acceptance/test_estate.py -q -s

browser-test: $(VENV)/.dev  ## reports of recordings in Chromium: no request, no script, no serious fault of accessibility
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[browser]'
	MAGISTRATE_BROWSER_CASES=10000 $(BIN)/python -m pytest tests/acceptance/test_reports_in_browser.py tests/report/test_browser.py -q -s

docs: $(VENV)/.dev  ## the documentation site, in build/site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/python -m mkdocs build --strict

golden: $(VENV)/.dev  ## rewrite golden files; review the diff like code
	$(BIN)/python -m pytest -n 2 --dist loadgroup --update-golden

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
